"""What the doctor says of keys, events and cases: of each both when it is well and when it is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments import attention
from payments.examining import Grade, at_stripe, in_database, in_words, keys
from payments.models import Attention, Cursor, MirroredPaymentIntent, Payment, StripeEvent

from .news import event, intent_object

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

OK, WARNING, WRONG = Grade.OK, Grade.WARNING, Grade.WRONG


def only(examination):
    (finding,) = examination()
    assert bool(finding.remedy) is (finding.grade != OK)
    return finding


# Settings


def test_keys_of_stripes_form_are_well(settings):
    assert only(keys.shape_of_keys).what == "test mode, full access"

    settings.STRIPE_SECRET_KEY = "rk_live_" + "x" * 20
    settings.STRIPE_LIVE_MODE = True
    assert only(keys.shape_of_keys).what == "live mode, restricted access"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("STRIPE_SECRET_KEY", "pk_test_" + "x" * 20),
        ("STRIPE_SECRET_KEY", "sk_test_short"),
        ("STRIPE_SECRET_KEY", "sk_test_" + "x" * 20 + "\n"),
        ("STRIPE_PUBLISHABLE_KEY", "sk_test_" + "x" * 20),
        ("STRIPE_PUBLISHABLE_KEY", "..."),
    ],
)
def test_what_is_no_key_is_seen_and_not_printed(settings, name, key):
    setattr(settings, name, key)

    finding = only(keys.shape_of_keys)

    assert finding.grade == WRONG
    assert finding.what == f"{name} is no key of Stripe's"
    assert key not in finding.what + finding.remedy


def test_one_webhook_secret_is_well_and_two_are_noted(settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_" + "a" * 32]
    assert only(keys.webhook_secrets).grade == OK

    settings.STRIPE_WEBHOOK_SECRETS.append("whsec_" + "b" * 32)
    assert (only(keys.webhook_secrets).grade, only(keys.webhook_secrets).what) == (WARNING, "2 are accepted")


@pytest.mark.parametrize("secret", ["sk_test_" + "x" * 24, "whsec_", "we_1234567890123456"])
def test_a_secret_that_is_none_of_stripes_is_seen_and_not_printed(settings, secret):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_" + "a" * 32, secret]

    finding = only(keys.webhook_secrets)

    assert (finding.grade, finding.what) == (WRONG, "1 of 2 are no secrets of Stripe's")
    assert secret not in finding.remedy.split()


def test_a_missing_secret_is_left_to_check(settings):
    settings.STRIPE_WEBHOOK_SECRETS = []

    assert list(keys.webhook_secrets()) == []


def test_a_sandbox_says_so(settings):
    assert "no money moves" in only(keys.sandbox_or_stripe).what


def test_a_sandbox_that_asks_real_stripe_is_wrong(settings):
    settings.STRIPE_API_BASE = "https://api.stripe.com"

    assert only(keys.sandbox_or_stripe).grade == WRONG


def test_real_stripe_with_the_published_secret_is_wrong(settings):
    settings.STRIPE_SANDBOX = False
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_sandbox0000000000000000000000"]
    assert "everybody knows" in only(keys.sandbox_or_stripe).what

    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_" + "a" * 32]
    assert only(keys.sandbox_or_stripe).grade == OK


@pytest.mark.parametrize(
    ("version", "grade"),
    [
        ("2026-08-26.dahlia", OK),
        ("2026-05-27.dahlia", WARNING),
        ("2026-09-30.endive", WRONG),
        ("None", WRONG),
    ],
)
def test_the_api_release_of_the_sdk_is_compared(monkeypatch, version, grade):
    monkeypatch.setattr("stripe.api_version", version)

    finding = only(keys.sdk)

    assert finding.grade == grade
    assert version in finding.what


def test_the_pinned_sdk_speaks_the_release_that_the_settings_name():
    assert only(keys.sdk).grade == OK


# The database


def an_event(pk="evt_1", **changes):
    row = {"type": "charge.succeeded", "livemode": False, "created_at": timezone.now(), "payload": {}}
    return StripeEvent.objects.create(id=pk, **row | changes)


def test_data_of_one_mode_is_well(settings, known):
    an_event(processed_at=timezone.now())

    assert only(in_database.mode_of_data).what == "test only"
    settings.STRIPE_LIVE_MODE = True
    finding = only(in_database.mode_of_data)
    assert (finding.grade, finding.what) == (WRONG, "1 test events and payments among the shop's")


def test_payments_of_the_other_mode_are_seen_too(settings, paid):
    settings.STRIPE_LIVE_MODE = True
    StripeEvent.objects.all().delete()

    assert MirroredPaymentIntent.objects.count() == 1
    assert only(in_database.mode_of_data).what == "1 test events and payments among the shop's"


def test_events_of_the_other_mode_that_were_set_aside_are_a_warning(settings):
    an_event(livemode=True, quarantine="live event in a test shop")

    assert only(in_database.mode_of_data).grade == WARNING


@pytest.mark.parametrize(
    ("version", "grade"), [("2026-08-26.dahlia", OK), ("2026-05-27.dahlia", WARNING), (None, WRONG)]
)
def test_the_api_release_of_events_is_compared(version, grade):
    assert only(in_database.release_of_events).what == "no webhook came yet"

    an_event(payload={"api_version": version})

    assert only(in_database.release_of_events).grade == grade


def test_events_from_the_list_say_nothing_of_the_endpoints_release():
    an_event(payload={"api_version": "2020-01-01"}, came_by=StripeEvent.CameBy.LIST)

    assert only(in_database.release_of_events).grade == OK


def test_events_that_were_applied_are_well():
    an_event(processed_at=timezone.now(), received_at=timezone.now() - timedelta(hours=1))

    assert only(in_database.stale_events).grade == OK


@pytest.mark.parametrize(("minutes", "grade"), [(9, OK), (11, WRONG)])
def test_events_that_wait_for_long_are_wrong(minutes, grade):
    an_event(received_at=timezone.now() - timedelta(minutes=minutes))

    assert only(in_database.stale_events).grade == grade


def test_how_many_wait_and_for_how_long_is_told():
    for number in range(3):
        an_event(f"evt_{number}", received_at=timezone.now() - timedelta(hours=number + 1))

    assert only(in_database.stale_events).what == "3 could not be applied, the oldest for 3 h"


def test_events_set_aside_are_a_warning_for_a_month():
    an_event(quarantine="malformed")
    assert (only(in_database.stale_events).grade, only(in_database.stale_events).what) == (
        WARNING,
        "1 set aside",
    )

    StripeEvent.objects.update(received_at=timezone.now() - timedelta(days=31))
    assert only(in_database.stale_events).grade == OK


def test_that_nobody_asks_for_missed_events_is_seen(known):
    assert only(in_database.events_read).grade == OK  # the first payment is young

    Payment.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert (only(in_database.events_read).grade, only(in_database.events_read).what) == (
        WRONG,
        "were never asked for",
    )


@pytest.mark.parametrize(("minutes", "grade"), [(59, OK), (61, WRONG)])
def test_missed_events_are_asked_for_every_hour_at_least(minutes, grade):
    Cursor.move(Cursor.Name.EVENTS, seen_until=timezone.now())
    Cursor.objects.update(looked_at=timezone.now() - timedelta(minutes=minutes))

    finding = only(in_database.events_read)

    assert (finding.grade, finding.what) == (grade, f"last asked for {minutes} min ago")


def test_open_cases_are_named_by_reason_with_the_oldest_and_the_remedy():
    assert only(in_database.cases).what == "no case is open"

    for subject, days in (("du_1", 1), ("du_2", 5)):
        attention.call(Attention.Reason.DISPUTE, subject, "needs_response")
        Attention.objects.filter(subject=subject).update(opened_at=timezone.now() - timedelta(days=days))
    attention.call(Attention.Reason.MISMATCH, "pi_1", "odd")
    attention.call(Attention.Reason.STUCK_PAYMENT, "1", "odd")
    attention.settle(Attention.Reason.STUCK_PAYMENT, "1", "moved on")

    disputes, mismatches = in_database.cases()
    assert (disputes.grade, disputes.what) == (WARNING, "Disputed at the bank: 2, the oldest for 5 d")
    assert disputes.remedy == Attention.REMEDIES["dispute"]
    assert mismatches.what.startswith("Paid, but not as agreed: 1, the oldest for ")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
    ],
)
def test_spans_are_told_coarsely(seconds, words):
    assert in_words(timedelta(seconds=seconds)) == words


def test_looking_changes_nothing(stripe, known):
    an_event(payload=event("x", intent_object(known)))
    before = list(StripeEvent.objects.values())

    for examine in (*keys.EXAMINATIONS, *at_stripe.EXAMINATIONS, *in_database.EXAMINATIONS):
        list(examine())

    assert list(StripeEvent.objects.values()) == before
    assert {call["method"] for call in stripe.sandbox.calls} <= {"GET"}
