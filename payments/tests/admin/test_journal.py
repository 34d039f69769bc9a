"""The journal: what Stripe told, how it came, what became of it; and events applied anew, harmless when they were."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from bookstore.accounts.factories import UserFactory
from payments import inbox
from payments.admin import event_pages
from payments.models import Attention, Payment, StripeEvent

from .conftest import JOURNAL, messages, shown

pytestmark = pytest.mark.django_db

EVENT = "admin:payments_stripeevent_change"
REPLAY = "admin:payments_stripeevent_replay"
VIEW, MAY_REPLAY = "payments.view_stripeevent", "payments.replay_stripeevent"


def ids(page):
    return [event.pk for event in shown(page)]


@pytest.fixture
def standing(journal):
    """One event in each state."""
    waits = timezone.now() + timedelta(minutes=5)
    trouble = {"processed_at": None, "error": "OperationalError: no lock"}
    return {
        "applied": journal(id="evt_applied"),
        "failing": journal(id="evt_failing", attempts=3, retry_at=waits, **trouble),
        "new": journal(id="evt_new", processed_at=None, attempts=0),
        "aside": journal(id="evt_aside", attempts=10, quarantine="failed 10 times", **trouble),
    }


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        ("applied", ["Applied"]),
        ("failing", ["Failing, waiting for its next try at", "Tried 3 times", "no lock"]),
        ("new", ["Not tried yet"]),
        ("aside", ["Set aside: failed 10 times", "Tried 10 times", "no lock"]),
    ],
)
def test_every_state_is_told_in_words_and_can_be_filtered_for(owner, standing, state, facts):
    listed = owner.opens(JOURNAL, state=state)

    assert ids(listed) == [f"evt_{state}"]
    for page in (listed, owner.opens(EVENT, f"evt_{state}")):
        for fact in facts:
            assert fact in page.text


def test_an_event_whose_next_try_is_due_says_so(owner, journal):
    journal(processed_at=None, attempts=1, retry_at=timezone.now() - timedelta(seconds=1))

    assert "Failing, to be tried now" in owner.opens(JOURNAL).text


def test_the_newest_come_first(owner, journal):
    now = timezone.now()
    for name, age in (("old", 9), ("young", 1), ("middle", 5)):
        journal(id=f"evt_{name}", received_at=now - timedelta(hours=age))

    assert ids(owner.opens(JOURNAL)) == ["evt_young", "evt_middle", "evt_old"]


@pytest.mark.parametrize(
    ("delay", "words"),
    [(0, "0 s"), (-0.7, "0 s"), (3.2, "3 s"), (59, "59 s"), (300, "5\xa0minutes"), (7300, "2\xa0hours")],
)
def test_how_long_an_event_was_on_its_way_and_how_it_came(owner, journal, delay, words):
    now = timezone.now()
    journal(created_at=now - timedelta(seconds=delay), received_at=now, came_by="list")

    page = owner.opens(JOURNAL)

    assert f"{words} late, from Stripe’s list" in page.text


def test_events_are_filtered_by_type_way_and_day(owner, journal):
    journal(id="evt_webhook")
    journal(id="evt_fetched", came_by="list", type="refund.updated")
    journal(id="evt_old", received_at=timezone.now() - timedelta(days=40))

    assert ids(owner.opens(JOURNAL, type="refund.updated")) == ["evt_fetched"]
    assert ids(owner.opens(JOURNAL, came_by__exact="list")) == ["evt_fetched"]
    week = (timezone.now() - timedelta(days=7)).isoformat()
    assert set(ids(owner.opens(JOURNAL, received_at__gte=week))) == {"evt_webhook", "evt_fetched"}


@pytest.mark.parametrize(
    "word", ["evt_ab", "evt_abc", "pi_1", "refund.", "refund.updated evt_abc", "refund.updated pi_"]
)
def test_events_are_found_by_the_beginning_of_id_type_or_intent(owner, journal, word):
    journal(id="evt_abc", type="refund.updated", about="pi_123")
    journal(id="evt_xyz", about="pi_999")

    assert ids(owner.opens(JOURNAL, q=word)) == ["evt_abc"]


@pytest.mark.parametrize("word", ["nothing", "%", "_", "evt_' OR 1=1"])
def test_a_search_that_finds_nothing_is_no_error(owner, journal, word):
    journal()

    assert ids(owner.opens(JOURNAL, q=word)) == []


def test_an_event_leads_to_the_order_and_the_payment_it_is_about(owner, known, journal):
    journal(id="evt_known", about="pi_known")

    for page in (owner.opens(JOURNAL), owner.opens(EVENT, "evt_known")):
        assert reverse("admin:orders_order_change", args=[known.order_id]) in page.text
        assert reverse("admin:payments_payment_change", args=[known.pk]) in page.text
    assert ids(owner.opens(JOURNAL, about="pi_known")) == ["evt_known"]


def test_links_are_for_who_may_follow_them(desk, known, journal):
    journal(id="evt_known", about="pi_known")
    looker = desk(VIEW)

    for page in (looker.opens(JOURNAL), looker.opens(EVENT, "evt_known")):
        assert known.order.number in page.text
        assert "/admin/orders/" not in page.text
        assert "Replay" not in page.text


def test_what_stripe_said_is_told_in_words_too(owner, journal):
    refund = {"amount": 300, "currency": "gbp", "status": "succeeded"}
    row = journal(type="refund.updated", payload={"data": {"object": refund}})

    assert "Refund of £3.00: succeeded" in owner.opens(EVENT, row.pk).text


# Replay


def test_an_event_is_replayed_by_its_button(owner, known, set_aside, ailing):
    ailing.clear()
    assert reverse(REPLAY, args=[set_aside.pk]) in owner.opens(EVENT, set_aside.pk).text

    page = owner.sends(REPLAY, set_aside.pk)

    known.refresh_from_db()
    assert "1 applied, 0 applied before." in messages(page)
    assert known.status == Payment.Status.COMPLETED
    assert not Attention.objects.open().exists()
    assert LogEntry.objects.get().change_message == "Replayed: applied"


def test_what_waits_for_its_next_try_is_replayed_at_once(owner, known, failed, ailing):
    ailing.clear()

    owner.replays(failed)

    known.refresh_from_db()
    assert known.status == Payment.Status.COMPLETED


def test_a_replay_that_is_sent_twice_is_harmless(owner, known, set_aside, ailing, announced):
    ailing.clear()
    owner.sends(REPLAY, set_aside.pk)

    again = owner.sends(REPLAY, set_aside.pk)

    assert "0 applied, 1 applied before." in messages(again)
    assert announced == ["succeeded"]
    assert REPLAY not in again.text
    assert reverse(REPLAY, args=[set_aside.pk]) not in again.text


def test_what_fails_again_is_named_with_a_link(owner, set_aside):
    page = owner.sends(REPLAY, set_aside.pk)

    assert "1 failed: " in messages(page)
    assert "no order today" in messages(page)
    assert reverse(EVENT, args=[set_aside.pk]) in messages(page)
    assert "applied before" not in messages(page)


def test_many_are_replayed_after_a_page_that_asks(owner, known, failed, journal, ailing):
    before = journal()
    ailing.clear()

    asked = owner.replays(failed, before)
    assert "2 events are applied anew" in asked.text
    assert "1 of them was applied before" in asked.text
    known.refresh_from_db()
    assert known.status == Payment.Status.PENDING

    page = owner.replays(failed, before, _confirm="Replay")
    known.refresh_from_db()
    assert "1 applied, 1 applied before." in messages(page)
    assert known.status == Payment.Status.COMPLETED


def test_one_that_fails_does_not_keep_the_others(owner, failed, journal):
    odd = journal(processed_at=None, attempts=0, type="charge.refunded")

    page = owner.replays(failed, odd, _confirm="Replay")

    odd.refresh_from_db()
    assert odd.processed_at
    assert "1 applied, 0 applied before." in messages(page)
    assert "1 failed: " in messages(page)


def test_an_error_is_shown_as_text(owner, failed, ailing):
    ailing[:] = [RuntimeError("<script>alert(1)</script>")]

    page = owner.sends(REPLAY, failed.pk)

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


def test_too_many_to_wait_for_are_left_to_the_sweep(owner, known, set_aside, ailing, monkeypatch, journal):
    monkeypatch.setattr(event_pages, "MOST", 1)
    before = journal()
    ailing.clear()
    assert "too many to wait for" in owner.replays(set_aside, before).text

    page = owner.replays(set_aside, before, _confirm="Replay")

    assert "1 had been set aside: the next sweep tries them again." in messages(page)
    assert inbox.retry_due() == 1
    known.refresh_from_db()
    assert known.status == Payment.Status.COMPLETED


def test_all_events_of_a_list_can_be_replayed(owner, set_aside, journal, ailing):
    journal()
    ailing.clear()

    page = owner.replays(set_aside, select_across="1")
    assert 'name="select_across" value="1"' in page.text
    owner.replays(set_aside, select_across="1", _confirm="Replay")

    assert not StripeEvent.objects.filter(processed_at=None).exists()


def test_replaying_needs_its_permission(desk, set_aside):
    for somebody in (desk(VIEW, "payments.change_stripeevent"), desk(MAY_REPLAY)):
        assert somebody.sends(REPLAY, set_aside.pk).status_code == 403
        somebody.replays(set_aside)
    set_aside.refresh_from_db()
    assert set_aside.attempts == 10

    desk(VIEW, MAY_REPLAY).sends(REPLAY, set_aside.pk)

    set_aside.refresh_from_db()
    assert set_aside.attempts == 1


def test_whoever_signs_in_again_before_a_replay_is_led_to_the_event(owner, set_aside):
    """After the sign-in they go on to where they were: to the address of the button."""
    page = owner.opens(REPLAY, set_aside.pk)

    assert page.url == reverse(EVENT, args=[set_aside.pk])
    set_aside.refresh_from_db()
    assert set_aside.attempts == 10


def test_a_replay_is_not_for_shoppers(client, set_aside):
    client.force_login(UserFactory())
    assert client.post(reverse(REPLAY, args=[set_aside.pk])).status_code == 302
    set_aside.refresh_from_db()
    assert set_aside.attempts == 10


def test_an_event_that_is_not_there_is_not_found(owner):
    assert owner.sends(REPLAY, "evt_none").status_code == 404


# Fast


def test_many_events_take_as_many_queries_as_one(owner, journal, known, django_assert_max_num_queries):
    for _ in range(12):
        journal(about="pi_known")

    for query in ({}, {"state": "applied"}, {"type": "payment_intent.succeeded"}, {"q": "pi_known"}):
        with django_assert_max_num_queries(6):
            assert len(shown(owner.opens(JOURNAL, **query))) == 12


def test_the_list_leaves_payloads_where_they_are(owner, journal, django_assert_max_num_queries):
    journal()

    with django_assert_max_num_queries(8) as asked:
        owner.opens(JOURNAL)

    assert not [query["sql"] for query in asked.captured_queries if '"payload"' in query["sql"]]


@pytest.mark.postgres
@pytest.mark.parametrize(
    "query", [{}, {"state": "failing"}, {"state": "aside"}, {"type": "refund.failed"}, {"q": "pi_7"}]
)
def test_the_rows_of_a_list_are_found_by_an_index(owner, journal, query):
    now = timezone.now()
    rows = [
        StripeEvent(
            id=f"evt_{n}", type="payment_intent.succeeded", livemode=False, about=f"pi_{n}", created_at=now,
            received_at=now - timedelta(minutes=n), processed_at=now, attempts=1, payload={"x": "y" * 500},
        )
        for n in range(5000)
    ]  # fmt: skip
    StripeEvent.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payments_stripeevent")

    changelist = owner.opens(JOURNAL, **query).context["cl"]

    assert "Seq Scan" not in changelist.queryset[:50].explain()
