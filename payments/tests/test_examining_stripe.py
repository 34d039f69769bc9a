"""What the doctor says of Stripe itself, of the webhook endpoint there, and of the webhooks that came."""

from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from orders.factories import place_order
from payments import catching_up, gateway, intents
from payments.examining import Grade, at_stripe
from payments.sandbox import webhook_endpoints

from .passing import later
from .test_examining import only

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

OK, WARNING, WRONG = Grade.OK, Grade.WARNING, Grade.WRONG


def register(stripe, url="http://testserver/orders/webhook", events=("*",), **changes):
    with stripe.sandbox.engine.transaction() as engine:
        endpoint = webhook_endpoints.add(engine, url, "whsec_x", list(events))
        engine.store.put(endpoint | changes)


def grades(findings):
    return [(finding.about, finding.grade) for finding in findings]


# Stripe


def test_a_stripe_that_is_well(stripe):
    register(stripe)

    found = list(at_stripe.stripe())

    assert grades(found) == [
        ("Stripe", OK),
        ("clock", OK),
        ("webhook endpoint", OK),
        ("API release of the endpoint", OK),
        ("webhooks", OK),
    ]
    assert stripe.sandbox.url in found[0].what


def test_a_stripe_that_cannot_be_reached_is_asked_once(settings, stripe):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # the discard port: nobody listens

    finding = only(at_stripe.stripe)

    assert finding.grade == WRONG
    assert "http://127.0.0.1:9 gave no answer that helps within 0." in finding.what
    assert "Start the sandbox" in finding.remedy
    settings.STRIPE_SANDBOX = False
    assert "443" in only(at_stripe.stripe).remedy


@pytest.mark.parametrize(
    ("effect", "said"),
    [("error_500", "fails"), ("error_429", "slow down"), ("drop", "no answer from Stripe")],
)
def test_a_stripe_that_does_not_help_is_told_as_it_is(stripe, effect, said):
    stripe.sandbox.faults.api(effect)

    finding = only(at_stripe.stripe)

    assert finding.grade == WRONG
    assert said in finding.what


def test_a_key_that_stripe_refuses_is_told(settings, stripe):
    settings.STRIPE_SECRET_KEY = "sk_test_" + "rolled" * 4

    finding = only(at_stripe.stripe)

    assert "does not accept STRIPE_SECRET_KEY" in finding.what
    assert "rolled" not in finding.what


def test_an_api_version_that_stripe_does_not_know_is_told(settings, stripe):
    settings.STRIPE_API_VERSION = "tomorrow"
    gateway._client_for.cache_clear()

    assert only(at_stripe.stripe).grade == WRONG
    gateway._client_for.cache_clear()


def test_a_restricted_key_that_may_not_even_read_payments_is_told(stripe, monkeypatch):
    monkeypatch.setattr(gateway, "greet", refused)

    finding = only(at_stripe.stripe)

    assert (finding.grade, finding.what) == (WRONG, "the restricted key may not read PaymentIntents")


def test_a_key_with_few_rights_is_refused_as_such(settings, stripe):
    """A publishable key may do so little that Stripe answers 403."""
    settings.STRIPE_SECRET_KEY = stripe.sandbox.publishable_key

    with pytest.raises(gateway.NotPermitted):
        gateway.greet()


def test_what_a_restricted_key_may_not_read_is_a_warning(stripe, monkeypatch):
    monkeypatch.setattr(gateway, "list_endpoints", refused)

    found = list(at_stripe.stripe())

    assert grades(found)[2:] == [("webhook endpoint", WARNING), ("webhooks", OK)]


def test_an_answer_that_does_not_come_in_the_middle_is_a_finding(stripe):
    register(stripe)
    stripe.sandbox.faults.api("error_500", "/v1/events")

    assert grades(at_stripe.stripe())[-1] == ("webhooks", WRONG)


def refused(*args):
    raise gateway.NotPermitted("the secret key may not do this")


def test_payments_of_the_other_mode_behind_the_key_are_wrong(settings, stripe, opened):
    settings.STRIPE_LIVE_MODE = True

    found = list(at_stripe.stripe())

    assert (found[0].grade, found[0].what) == (WRONG, "the key's payments are test ones")


@pytest.mark.parametrize(
    ("seconds", "grade", "said"),
    [
        (0, OK, "0 s"),
        (59, OK, "59 s ahead"),
        (-61, WARNING, "61 s behind"),
        (240, WARNING, "240 s ahead"),
        (-241, WRONG, "241 s behind"),
    ],
)
def test_clocks_are_compared(seconds, grade, said):
    theirs = timezone.now()

    finding = at_stripe.of_clock(theirs, theirs + timedelta(seconds=seconds))

    assert finding.grade == grade
    assert said in finding.what
    assert bool(finding.remedy) is (grade != OK)


def test_stripes_time_is_read_from_its_answer(stripe):
    told = gateway.greet().server_time

    assert told.tzinfo == UTC
    assert abs(timezone.now() - told) < timedelta(seconds=10)


@pytest.mark.parametrize("header", [None, "", "yesterday"])
def test_an_answer_without_a_date_is_noted(header):
    assert gateway._time_in(header) is None
    assert at_stripe.of_clock(None, timezone.now()).grade == WARNING


# The endpoint


def test_without_an_endpoint_no_event_comes(stripe):
    register(stripe, "https://shop.example/orders/webhook")
    register(stripe, "http://testserver/other")

    finding = only(at_stripe.endpoint)

    assert (finding.grade, finding.what) == (WRONG, "none leads to http://testserver/orders/webhook")


def test_on_ones_own_machine_the_cli_stands_in_for_an_endpoint(stripe, settings):
    settings.SITE_URL = "http://localhost:8000"

    finding = only(at_stripe.endpoint)

    assert finding.grade == WARNING
    assert "stripe listen --forward-to http://localhost:8000/orders/webhook" in finding.remedy


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/orders/webhook", "http://localhost:8000/orders/webhook/"]
)
def test_the_same_place_by_another_name_is_an_endpoint(stripe, settings, url):
    settings.SITE_URL = "http://localhost:8000"
    register(stripe, url)

    assert {finding.grade for finding in at_stripe.endpoint()} == {OK}


@pytest.mark.parametrize(
    "url",
    [
        "https://testserver/orders/webhook",
        "http://testserver:81/orders/webhook",
        "http://127.0.0.1/orders/webhook",
    ],
)
def test_another_place_is_no_endpoint(stripe, url):
    register(stripe, url)

    assert only(at_stripe.endpoint).grade == WRONG


def test_a_disabled_endpoint_is_wrong(stripe):
    register(stripe, status="disabled")

    assert "is disabled" in only(at_stripe.endpoint).what


def test_an_endpoint_needs_all_events_that_move_anything(stripe):
    register(stripe, events=catching_up.TYPES[1:])

    finding = next(iter(at_stripe.endpoint()))

    assert finding.grade == WRONG
    assert finding.what.endswith("is not sent payment_intent.succeeded")


def test_an_endpoint_with_just_these_events_is_well(stripe):
    register(stripe, events=catching_up.TYPES)

    assert {finding.grade for finding in at_stripe.endpoint()} == {OK}


def test_two_endpoints_for_one_secret_are_noted(stripe, settings):
    register(stripe)
    register(stripe)
    assert "registered 2 times" in next(iter(at_stripe.endpoint())).what

    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_" + "a" * 32, "whsec_" + "b" * 32]
    assert {finding.grade for finding in at_stripe.endpoint()} == {OK}


@pytest.mark.parametrize(
    ("version", "grade"), [(None, WARNING), ("2026-05-27.dahlia", WARNING), ("2023-10-16", WRONG)]
)
def test_the_api_release_of_the_endpoint_is_compared(stripe, version, grade):
    register(stripe, api_version=version)

    assert list(at_stripe.endpoint())[-1].grade == grade


# Whether webhooks arrive


def paid(stripe, times=1):
    for _ in range(times):
        stripe.sandbox.pay(intents.ensure(place_order().payment).id)


def test_events_that_came_by_themselves_are_well(stripe):
    paid(stripe, 2)
    stripe.deliver()

    with later(minutes=5):
        assert only(at_stripe.arrivals).what == "the last 2 events came by themselves"


def test_when_every_event_has_to_be_fetched_the_webhook_is_wrong(stripe):
    paid(stripe, 2)

    with later(minutes=5):
        catching_up.catch_up()
        finding = only(at_stripe.arrivals)

    assert (finding.grade, finding.what) == (WRONG, "none of the last 2 events came by itself")
    assert "STRIPE_WEBHOOK_SECRET" in finding.remedy


def test_when_nobody_fetches_them_either_it_is_seen_too(stripe):
    paid(stripe)

    with later(minutes=5):
        assert only(at_stripe.arrivals).grade == WRONG


def test_when_they_arrive_again_what_was_missed_is_a_warning(stripe):
    paid(stripe)
    with later(minutes=5):
        catching_up.catch_up()
        paid(stripe)
        stripe.deliver([stripe.events("payment_intent.succeeded")[-1]])
    with later(minutes=10):
        finding = only(at_stripe.arrivals)

    assert (finding.grade, finding.what) == (WARNING, "1 of the last 2 events did not come by themselves")


def test_when_they_have_stopped_arriving_it_is_wrong_again(stripe):
    paid(stripe)
    stripe.deliver()
    with later(minutes=3):
        paid(stripe)
    with later(minutes=10):
        assert only(at_stripe.arrivals).what == "none of the last 1 events came by itself"


def test_events_are_given_a_minute_to_arrive(stripe):
    paid(stripe)

    assert only(at_stripe.arrivals).what == "nothing to be told of within 24 h"
