"""Real threads on PostgreSQL. Every story is told twice: with its guard, and without, where it must go wrong."""

from uuid import uuid4

import pytest
from django.core import mail

from bookstore.catalog.factories import BookFactory
from bookstore.testing.stripe import Stripe
from bookstore.testing.threads import Rendezvous, at_once
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from payments import gateway, inbox, intents, refunds, settlement
from payments.models import Payment, Refund, StripeEvent
from payments.models.payment import PaymentQuerySet
from payments.refunds import MoreThanLeft
from payments.settlement import settle

from .news import at, intent

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def without_lock(monkeypatch):
    """Payments are read as if nobody else were there."""
    monkeypatch.setattr(PaymentQuerySet, "select_for_update", lambda self, **kwargs: self.all())


# 20 simultaneous pay requests


def open_twenty_times(payment):
    copies = [Payment.objects.get(pk=payment.pk) for _ in range(20)]
    return at_once(*[lambda copy=copy: intents.ensure(copy).id for copy in copies])


def test_twenty_pay_requests_at_once_open_one_intent(payment, sandbox):
    shown = open_twenty_times(payment)

    payment.refresh_from_db()
    assert [intent["id"] for intent in sandbox.intents()] == [payment.stripe_payment_id]
    assert set(shown) == {payment.stripe_payment_id}


def test_control_with_a_key_per_request_they_open_several(payment, sandbox, monkeypatch):
    create, meeting = gateway.create_intent, Rendezvous()

    def create_with_another_key(payment):
        meeting.wait()
        payment.attempt = uuid4()
        return create(payment)

    monkeypatch.setattr(gateway, "create_intent", create_with_another_key)
    shown = open_twenty_times(payment)

    assert len(sandbox.intents()) > 1
    assert len(set(shown)) == 1  # and yet shoppers are shown one: the others are canceled


# 100 deliveries of one event


def deliver_a_hundred_times(order, stripe):
    """One event of success, posted by eight threads."""
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    (success,) = stripe.events("payment_intent.succeeded")
    body, headers = stripe.sandbox.signed(success)
    shares = [13, 13, 13, 13, 12, 12, 12, 12]

    answers = at_once(*[lambda n=n: [Stripe.post(body, headers).json() for _ in range(n)] for n in shares])

    return [answer for share in answers for answer in share]


def test_a_hundred_deliveries_on_eight_threads_have_one_effect(stripe, announced):
    order = place_order(book := BookFactory(stock=5))

    answers = deliver_a_hundred_times(order, stripe)
    run_due_tasks()

    order.refresh_from_db()
    book.refresh_from_db()
    assert answers == [{"received": True}] * 100
    assert announced == ["succeeded"]
    assert order.status == "CONFIRMED"
    assert order.events.filter(kind="confirmed").count() == 1
    assert (book.stock, book.movements.count()) == (4, 2)
    assert order.cart.lines.count() == 0
    assert len(mail.outbox) == 1
    assert StripeEvent.objects.get().attempts == 1


def test_control_without_inbox_lock_and_status_they_have_several(
    stripe, announced, without_lock, monkeypatch
):
    order = place_order(BookFactory(stock=5))
    stored = inbox._stored

    def stored_under_any_name(envelope):
        row = stored(inbox.Envelope(uuid4().hex, *list(vars(envelope).values())[1:]))
        row.processed_at = None
        return row

    monkeypatch.setattr(inbox, "_stored", stored_under_any_name)
    monkeypatch.setattr(Payment, "is_paid", False)
    deliver_a_hundred_times(order, stripe)

    assert len(announced) > 1


def test_the_inbox_alone_applies_an_event_once(stripe, announced, without_lock, monkeypatch):
    monkeypatch.setattr(Payment, "is_paid", False)
    deliver_a_hundred_times(place_order(), stripe)

    assert announced == ["succeeded"]


def test_settlement_alone_moves_a_payment_once(payment, announced):
    news = intent(payment)

    at_once(*[lambda: settle(news, as_of=at(0))] * 16)

    assert announced == ["succeeded"]


def test_control_without_lock_settlement_moves_it_twice(known, announced, without_lock, monkeypatch):
    settle_both_at_a_time(known, monkeypatch, "succeeded", "succeeded")

    assert announced == ["succeeded", "succeeded"]


# Two pieces of news


def settle_both_at_a_time(payment, monkeypatch, *statuses, meeting=None):
    """Both threads meet between reading and moving, if they can. Answers the statuses that they read there.

    The payment's intent is written down already: writing it would lock the row.
    """
    meeting, read, move = meeting or Rendezvous(), [], settlement._move

    def meet_and_move(payment, intent, as_of):
        read.append(payment.status)
        meeting.wait()
        move(payment, intent, as_of)

    with monkeypatch.context() as patch:
        patch.setattr(settlement, "_move", meet_and_move)
        news = [intent(payment, status) for status in statuses]
        at_once(*[lambda one=one: settle(one, as_of=at(0)) for one in news], raising=Exception)
    return read


@pytest.mark.parametrize("statuses", [("canceled", "succeeded"), ("succeeded", "canceled")])
def test_canceled_and_succeeded_at_once_end_as_paid(known, monkeypatch, statuses):
    book = known.order.lines.get().book

    read = settle_both_at_a_time(known, monkeypatch, *statuses, meeting=Rendezvous(alone_after=1))

    known.refresh_from_db()
    known.order.refresh_from_db()
    book.refresh_from_db()
    assert len(set(read)) == 2  # whoever came second saw what the first had done
    assert (known.status, known.order.status, book.stock) == ("COMPLETED", "CONFIRMED", 9)


def test_control_without_lock_both_think_they_are_first(known, without_lock, monkeypatch):
    assert settle_both_at_a_time(known, monkeypatch, "canceled", "succeeded") == ["PENDING", "PENDING"]


# Two refunds


def refund_twice_at_a_time(payment, monkeypatch, meeting):
    settle(intent(payment), as_of=at(0))
    payment.refresh_from_db()
    left = refunds.left_to_refund

    def look_and_meet(payment, intent_id):
        amount = left(payment, intent_id)
        meeting.wait()
        return amount

    monkeypatch.setattr(refunds, "left_to_refund", look_and_meet)
    reason = Refund.Reason.REQUESTED_BY_CUSTOMER
    return at_once(
        *[lambda: refunds.request(payment, payment.amount, reason=reason)] * 2, raising=MoreThanLeft
    )


def test_a_refund_asked_for_twice_at_once_is_made_once(payment, monkeypatch):
    results = refund_twice_at_a_time(payment, monkeypatch, Rendezvous(alone_after=1))

    assert sorted(type(result).__name__ for result in results) == ["MoreThanLeft", "Refund"]
    assert Refund.objects.count() == 1


def test_control_without_lock_it_is_made_twice(payment, monkeypatch, without_lock):
    refund_twice_at_a_time(payment, monkeypatch, Rendezvous())

    assert Refund.objects.count() == 2


def test_unwanted_money_asked_back_at_once_goes_back_once(payment):
    settle(intent(payment), as_of=at(0))
    news = intent(payment, id="pi_second")

    at_once(*[lambda: settle(news, as_of=at(1))] * 8)

    assert Refund.objects.count() == 1


# Everything at once


@pytest.mark.parametrize("seed", range(4))
def test_paying_canceling_looking_and_events_at_once_agree_in_the_end(stripe, seed):
    """The shopper pays in one tab and cancels in another while pages and webhooks look."""
    order = place_order(book := BookFactory(stock=5))
    intent_id = intents.ensure(order.payment).id

    def copy():
        return Payment.objects.get(pk=order.payment.pk)

    acts = [
        lambda: stripe.sandbox.pay(intent_id, "pm_card_visa_chargeDeclined" if seed == 3 else "pm_card_visa"),
        lambda: intents.cancel(copy()),
        *[lambda: intents.refresh(copy())] * 2,
        *[lambda: intents.ensure(copy())] * 2,
        *[lambda: stripe.deliver(stripe.events())] * 2,
    ]
    at_once(*acts[seed:], *acts[:seed], raising=intents.NotPayable)
    stripe.deliver(stripe.events())

    order.refresh_from_db()
    book.refresh_from_db()
    (at_stripe,) = stripe.sandbox.intents()
    agreed = {"succeeded": ("COMPLETED", "CONFIRMED", 4), "canceled": ("CANCELED", "CANCELED", 5)}
    assert (copy().status, order.status, book.stock) == agreed[at_stripe["status"]]
    assert not StripeEvent.objects.filter(processed_at=None).exists()
