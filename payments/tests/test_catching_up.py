"""Events whose webhook never came are read from Stripe's list, and applied like any other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.factories import place_order
from payments import catching_up, gateway, inbox, intents
from payments.models import Cursor, Payment, StripeEvent

from .news import event, intent_object
from .passing import later

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

CameBy = StripeEvent.CameBy


@pytest.fixture
def paid_unheard(opened, stripe):
    """Paid at Stripe; no webhook has told us."""
    stripe.sandbox.pay(opened.stripe_payment_id)
    return opened


def listings(stripe):
    return [call for call in stripe.sandbox.calls if call["path"] == "/v1/events"]


def test_a_payment_whose_webhook_was_lost_is_settled(paid_unheard):
    with later(minutes=5):
        assert catching_up.catch_up() == 1

    paid_unheard.refresh_from_db()
    fetched = StripeEvent.objects.get()
    assert paid_unheard.status == Payment.Status.COMPLETED
    assert paid_unheard.order.is_paid
    assert (fetched.type, fetched.came_by) == ("payment_intent.succeeded", CameBy.LIST)
    assert fetched.processed_at


def test_what_came_by_webhook_is_not_received_again(paid_unheard, stripe):
    stripe.deliver()
    before = dict(StripeEvent.objects.values_list("pk", "came_by"))

    with later(minutes=5):
        assert catching_up.catch_up() == 0

    assert dict(StripeEvent.objects.values_list("pk", "came_by")) == before
    assert set(before.values()) == {CameBy.WEBHOOK}


def test_a_webhook_that_comes_after_all_finds_its_event_done(paid_unheard, stripe, announced):
    with later(minutes=5):
        catching_up.catch_up()
        stripe.deliver(stripe.events("payment_intent.succeeded"))

    assert announced == ["succeeded"]
    assert StripeEvent.objects.get().came_by == CameBy.LIST


def test_events_are_fetched_only_when_their_webhook_has_had_a_minute(paid_unheard):
    with later(seconds=45):
        assert catching_up.catch_up() == 0

    with later(seconds=75):
        assert catching_up.catch_up() == 1


def test_before_the_first_payment_stripe_is_not_asked(stripe):
    assert catching_up.catch_up() == 0

    assert stripe.sandbox.calls == []
    assert Cursor.find(Cursor.Name.EVENTS) is None


def test_the_first_sweep_reads_from_the_first_payment_on(paid_unheard, monkeypatch):
    asked = asked_for(monkeypatch)

    with later(days=3):
        catching_up.catch_up()

    assert asked["since"] == paid_unheard.created_at - catching_up.OVERLAP


def test_later_sweeps_read_on_from_where_the_last_one_was_and_a_little_before(opened, monkeypatch):
    asked = asked_for(monkeypatch)
    seen = timezone.now() - timedelta(hours=7)
    Cursor.move(Cursor.Name.EVENTS, seen_until=seen)

    catching_up.catch_up()

    assert asked["since"] == seen - catching_up.OVERLAP
    assert Cursor.find(Cursor.Name.EVENTS).seen_until == asked["until"]


@pytest.mark.parametrize("has_cursor", [True, False])
def test_nothing_older_than_thirty_days_is_asked_for(opened, monkeypatch, has_cursor):
    """Stripe keeps events for 30 days."""
    asked = asked_for(monkeypatch)
    long_ago = timezone.now() - timedelta(days=90)
    Payment.objects.update(created_at=long_ago)
    if has_cursor:
        Cursor.move(Cursor.Name.EVENTS, seen_until=long_ago)

    catching_up.catch_up()

    assert asked["until"] - asked["since"] == timedelta(days=30)


def test_more_events_than_a_page_holds_are_all_received(opened, stripe):
    engine = stripe.sandbox.engine
    with engine.transaction():
        for number in range(230):
            obj = intent_object(opened, "canceled", id=f"pi_of_others_{number}", metadata={"shop": "another"})
            engine.emit("payment_intent.canceled", obj)

    with later(minutes=5):
        assert catching_up.catch_up() == 230

    assert len(listings(stripe)) == 3
    assert StripeEvent.objects.count() == 230


def test_types_that_move_nothing_are_not_fetched(paid_unheard, stripe):
    with later(minutes=5):
        catching_up.catch_up()

    assert {"payment_intent.created", "charge.succeeded"} <= {event["type"] for event in stripe.events()}
    assert set(StripeEvent.objects.values_list("type", flat=True)) <= set(catching_up.TYPES)
    assert len(catching_up.TYPES) <= 20


def test_the_cursor_stays_when_stripe_breaks_in_the_middle_and_the_next_sweep_goes_on(opened, stripe):
    engine = stripe.sandbox.engine
    with engine.transaction():
        for number in range(150):
            obj = intent_object(opened, "canceled", id=f"pi_of_others_{number}", metadata={"shop": "another"})
            engine.emit("payment_intent.canceled", obj)
    pages = iter([None])
    list_pages = gateway._pages

    def breaks_after_a_page(first):
        for number, item in enumerate(list_pages(first)):
            if number == 100 and next(pages, "broken") is None:
                raise gateway.StripeUnavailable("no answer from Stripe")
            yield item

    with pytest.MonkeyPatch.context() as patch, later(minutes=5):
        patch.setattr(gateway, "_pages", breaks_after_a_page)
        with pytest.raises(gateway.StripeUnavailable):
            catching_up.catch_up()

        assert Cursor.find(Cursor.Name.EVENTS) is None
        assert StripeEvent.objects.count() == 100
        assert catching_up.catch_up() == 50

    assert Cursor.find(Cursor.Name.EVENTS) is not None


def test_the_cursor_stays_when_an_event_cannot_be_stored(paid_unheard, monkeypatch):
    def full(envelope):
        raise RuntimeError("disk full")

    monkeypatch.setattr(inbox, "receive", full)

    with later(minutes=5), pytest.raises(RuntimeError):
        catching_up.catch_up()

    assert Cursor.find(Cursor.Name.EVENTS) is None


def test_an_event_that_cannot_be_one_is_passed_over_and_told(paid_unheard, monkeypatch, caplog):
    real = gateway.list_events
    odd = {"id": "evt_odd", "object": "event", "type": "payment_intent.succeeded"}
    monkeypatch.setattr(gateway, "list_events", lambda **window: iter([odd, *real(**window)]))

    with later(minutes=5):
        assert catching_up.catch_up() == 1

    paid_unheard.refresh_from_db()
    assert paid_unheard.is_paid
    assert "evt_odd" in caplog.text
    assert Cursor.find(Cursor.Name.EVENTS) is not None


def test_an_event_that_cannot_be_applied_is_kept_for_a_retry_and_the_others_go_on(stripe, monkeypatch):
    first, second = place_order().payment, place_order().payment
    for payment in (first, second):
        stripe.sandbox.pay(intents.ensure(payment).id)
    settle = inbox.settle

    def not_the_first(intent, **more):
        if intent.id == first.stripe_payment_id:
            raise RuntimeError("not today")
        return settle(intent, **more)

    monkeypatch.setattr(inbox, "settle", not_the_first)
    with later(minutes=5):
        assert catching_up.catch_up() == 2

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_paid, second.is_paid) == (False, True)
    assert StripeEvent.objects.unprocessed().count() == 1


def test_how_many_had_not_come_is_told(paid_unheard, caplog):
    with later(minutes=5):
        catching_up.catch_up()

    assert "1 events had not come by webhook" in caplog.text


def test_with_two_sweeps_at_once_an_event_is_applied_once(paid_unheard, announced, monkeypatch):
    """The other sweep is done between our look into the inbox and our receiving."""
    receive = catching_up._receive

    def after_the_other(missed):
        monkeypatch.setattr(catching_up, "_receive", receive)
        catching_up.catch_up()
        return receive(missed)

    monkeypatch.setattr(catching_up, "_receive", after_the_other)
    with later(minutes=5):
        catching_up.catch_up()

    assert announced == ["succeeded"]
    assert StripeEvent.objects.count() == 1


def test_a_cursor_never_moves_backwards():
    ahead, behind = timezone.now(), timezone.now() - timedelta(hours=1)
    Cursor.move(Cursor.Name.EVENTS, seen_until=ahead)
    Cursor.objects.update(looked_at=behind)

    Cursor.move(Cursor.Name.EVENTS, seen_until=behind)

    cursor = Cursor.find(Cursor.Name.EVENTS)
    assert cursor.seen_until == ahead
    assert cursor.looked_at > behind
    assert Cursor.find(Cursor.Name.CHARGES) is None


def asked_for(monkeypatch):
    """What Stripe's list of events is asked for; it is empty."""
    asked = {}
    monkeypatch.setattr(gateway, "list_events", lambda **window: asked.update(window) or iter(()))
    return asked


def test_events_by_webhook_are_marked_as_such(known):
    inbox.receive(inbox.Envelope.parse(event("payment_intent.succeeded", intent_object(known))))

    assert StripeEvent.objects.get().came_by == CameBy.WEBHOOK
