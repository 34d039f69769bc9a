"""A payment that succeeds in the very moment in which its order ends, or in which its money goes back."""

from collections import Counter
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import call_command
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.testing.threads import Meetings
from bookstore.testing.worker import run_due_tasks
from orders import endings
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order
from orders.placing import NotAvailable
from orders.tests import dashboard
from payments import intents
from payments.models import Payment, Refund

from .racing import Crowd, HeadStart, Together, failures, until_lost, until_seen
from .racing_ledger import faults, kept_for_nothing
from .racing_unguarded import books_unguarded, ends_without_asking_stripe, payment_and_refund_unlocked

pytestmark = [
    pytest.mark.proof,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

PAIRS = 4
LONGEST_WAY = 40
"""Statements: about as many as one act makes."""


@pytest.fixture
def crowd():
    with Crowd(2 * PAIRS) as threads:
        yield threads


@pytest.fixture
def dice(seed):
    return Random(seed)


def opened(stripe, **details):
    """An order for the only copy of its book, its payment open at Stripe."""
    order = place_order(BookFactory(stock=1), delivery=DeliveryMethodFactory(), **details)
    intents.ensure(order.payment)
    return order


def in_either_sequence(dice, one, other):
    """The two acts of a pair; the one begins somewhere on the way of the other."""
    start = HeadStart(dice.randrange(LONGEST_WAY))
    pair = [one, other] if dice.random() < 0.5 else [other, one]
    return [start.first(pair[0]), start.second(pair[1])]


def news_of(stripe, order, type_=""):
    def is_about(event):
        about = event["data"]["object"]
        return order.payment.stripe_payment_id in (about["id"], about.get("payment_intent"))

    return [event for event in stripe.events(type_) if is_about(event)]


def paying(stripe, order, *, told=True):
    def pay():
        stripe.sandbox.pay(order.payment.stripe_payment_id)
        if told:
            tell(stripe, order)

    return pay


def tell(stripe, order, type_=""):
    statuses = {answer.status_code for answer in stripe.deliver(news_of(stripe, order, type_))}
    assert statuses <= {200}


def tend_later():
    """One sweep, some minutes on: for the payments of which nothing was heard."""
    Payment.objects.open().update(created_at=timezone.now() - timedelta(minutes=5), news_at=None)
    call_command("tend", stdout=StringIO())
    run_due_tasks()


# The order ends


def by_shopper(order):
    return lambda: endings.cancel(order, Order.CancelReason.BY_SHOPPER)


def by_time(order):
    return endings.expire_holds


def end_while_paying(crowd, dice, stripe, ending):
    """A few orders at once; what Stripe tells of every other one is lost."""
    orders = [opened(stripe) for _ in range(PAIRS)]
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(hold_expires_at=timezone.now())
    acts = []
    for number, order in enumerate(orders):
        acts += in_either_sequence(dice, ending(order), paying(stripe, order, told=number % 2 == 0))
    assert not failures(crowd.at_once(acts))
    return orders


@pytest.mark.parametrize("ending", [by_shopper, by_time])
def test_an_order_is_paid_or_it_ends(stripe, crowd, dice, scale, figure, monkeypatch, ending):
    def end_badly():
        end_while_paying(crowd, dice, stripe, ending)
        return len(kept_for_nothing(stripe.sandbox))

    def each_has_won():
        tend_later()
        return set(Order.objects.values_list("status", flat=True)) == {"CONFIRMED", "CANCELED"}

    kept = []
    rounds = until_seen(lambda: kept.append(end_badly()), each_has_won, least=scale(short=3, long=100))

    won = Counter(Order.objects.values_list("status", flat=True))
    assert sum(kept) == 0
    assert faults(stripe.sandbox) == []
    with monkeypatch.context() as patch:
        ends_without_asking_stripe(patch)
        lost, after = until_lost(end_badly)
    figure(
        f"Paid while it is canceled {ending.__name__.replace('_', ' ')}",
        tried=f"{rounds * PAIRS} orders: {won['CONFIRMED']} paid, {won['CANCELED']} ended",
        control=f"{lost} of {after * PAIRS} canceled and the money kept",
    )


# The money comes after the end, when somebody else wants the copy


def pay_late(crowd, dice, stripe, how=nullcontext):
    """The order has ended; its money comes at once with the next shopper for its copy, and is told twice."""
    acts = []
    for _ in range(PAIRS):
        order = opened(stripe)
        order.cancel(Order.CancelReason.EXPIRED)
        stripe.sandbox.pay(order.payment.stripe_payment_id)
        book = order.lines.get().book
        next_one = lambda book=book: place_order(book, delivery=DeliveryMethodFactory())  # noqa: E731
        acts += in_either_sequence(dice, lambda order=order: tell(stripe, order), next_one)
    with how():
        assert not failures(crowd.at_once(acts), NotAvailable)


def put_right(stripe, orders):
    """The worker sends what goes back, Stripe tells of it, and those who did not pay are gone."""
    run_due_tasks()
    for order in orders:
        tell(stripe, order)
    Order.objects.filter(status=Order.Status.PENDING).update(hold_expires_at=timezone.now())
    endings.expire_holds()


def test_late_money_takes_the_copy_or_goes_back(stripe, crowd, dice, scale, figure, monkeypatch):
    def each_has_won():
        put_right(stripe, Order.objects.filter(payment__stripe_payment_id__isnull=False))
        return min(ends()) > 0

    def ends():
        revived = Order.objects.filter(status=Order.Status.CONFIRMED)
        return revived.count(), Refund.objects.filter(status=Refund.Status.SUCCEEDED).count()

    rounds = until_seen(lambda: pay_late(crowd, dice, stripe), each_has_won, least=scale(short=3, long=60))

    revived, refunded = ends()
    assert faults(stripe.sandbox) == []
    assert revived + refunded == rounds * PAIRS

    @contextmanager
    def carelessly():
        with monkeypatch.context() as patch:
            books_unguarded(patch, meet=Meetings().wait)
            yield

    def sell_twice():
        pay_late(crowd, Together(), stripe, carelessly)
        return "the books do not add up" in faults(stripe.sandbox)

    until_lost(sell_twice)
    figure(
        "Paid after the order had ended, while another shopper takes the copy",
        tried=f"{rounds * PAIRS} payments: {revived} got the copy, {refunded} their money",
        control="a copy sold twice",
    )


# The money goes back as it comes


def refund_while_paying(crowd, dice, stripe):
    """News of the payment and of a refund in Stripe's dashboard, at once."""
    acts = []
    orders = [opened(stripe) for _ in range(PAIRS)]
    for order in orders:
        stripe.sandbox.pay(order.payment.stripe_payment_id)
        dashboard.refund(stripe, order, 500)
        success = lambda order=order: tell(stripe, order, "payment_intent.succeeded")  # noqa: E731
        refund = lambda order=order: tell(stripe, order, "refund.")  # noqa: E731
        acts += in_either_sequence(dice, success, refund)
    assert not failures(crowd.at_once(acts))
    counted = Payment.objects.filter(order__in=orders, amount_refunded=5)
    return PAIRS - counted.count()


def test_a_refund_told_with_its_payment_is_counted(stripe, crowd, dice, scale, figure, monkeypatch):
    rounds = scale(short=3, long=100)
    missed = sum(refund_while_paying(crowd, dice, stripe) for _ in range(rounds))

    assert missed == 0
    assert faults(stripe.sandbox) == []
    with monkeypatch.context() as patch:
        payment_and_refund_unlocked(patch, meet=Meetings(alone_after=1).wait)
        lost, after = until_lost(lambda: refund_while_paying(crowd, Together(), stripe))
    figure(
        "Told of a payment and of its refund at once",
        tried=f"{rounds * PAIRS} payments",
        control=f"{lost} of {after * PAIRS} refunds not counted",
    )
