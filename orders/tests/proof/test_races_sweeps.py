"""`manage.py tend` on several hosts at once, with every kind of work due."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db.models import Count
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from bookstore.catalog.factories import BookFactory
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order, OrderEvent, OrderMail
from payments import inbox, intents, refunds
from payments.models import Payment, Refund, StripeEvent

from .racing import Crowd, failures, until_lost
from .racing_ledger import faults
from .racing_unguarded import mails_unclaimed

pytestmark = [
    pytest.mark.proof,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

HOSTS = 3
LONG_AGO = timedelta(hours=2)


@pytest.fixture
def crowd():
    with Crowd(HOSTS) as hosts:
        yield hosts


def much_is_due(stripe, lots):
    """Of each kind so many: orders that expire, payments nobody told of, events that failed, mails and refunds."""
    book, delivery = BookFactory(stock=10 * lots), DeliveryMethodFactory()
    expiring, silent, failed, refunded = (
        [place_order(book, delivery=delivery) for _ in range(lots)] for _ in range(4)
    )
    for order in [*expiring, *silent, *failed, *refunded]:
        intents.ensure(order.payment)
    for order in [*silent, *failed, *refunded]:
        stripe.sandbox.pay(order.payment.stripe_payment_id)
    keep_as_failed(stripe, failed)
    pay_back(stripe, refunded)
    Order.objects.filter(pk__in=[o.pk for o in expiring]).update(hold_expires_at=timezone.now())
    DBTaskResult.objects.all().delete()  # the worker never came to it
    past = timezone.now() - LONG_AGO
    Payment.objects.update(created_at=past)
    Refund.objects.update(created_at=past)
    OrderMail.objects.update(created_at=past)


def success_of(stripe, order):
    told = stripe.events("payment_intent.succeeded")
    return next(e for e in told if e["data"]["object"]["id"] == order.payment.stripe_payment_id)


def keep_as_failed(stripe, orders):
    """Their events came when they could not be applied."""
    for order in orders:
        envelope = inbox.Envelope.parse(success_of(stripe, order))
        inbox._store_failure(envelope, RuntimeError("at a bad moment"))
    StripeEvent.objects.update(retry_at=timezone.now())


def pay_back(stripe, orders):
    for order in orders:
        stripe.deliver([success_of(stripe, order)])
        order.payment.refresh_from_db()
        refunds.request(order.payment, order.total, reason=Refund.Reason.REQUESTED_BY_CUSTOMER)


def sweep(crowd):
    outcomes = crowd.at_once([lambda: call_command("tend", stdout=StringIO())] * HOSTS)
    assert not failures(outcomes)


def later_mails_are_due():
    """Those that the sweep itself has caused: its worker never came, either."""
    OrderMail.objects.filter(sent_at=None).update(created_at=timezone.now() - LONG_AGO)


def done_more_than_once(stripe):
    """Whatever happened to an order twice, and every mail and refund too many."""
    notes = OrderEvent.objects.values("order", "kind").annotate(times=Count("pk"))
    twice = [f"{note['kind']} {note['times']} times" for note in notes if note["times"] > 1]
    back = Counter(refund["metadata"]["refund_id"] for refund in stripe.sandbox.refunds())
    return twice + [f"{what} {n} times" for what, n in (letters() + back).items() if n > 1]


def letters():
    """How often each was sent."""
    return Counter(letter.extra_headers["Message-ID"] for letter in mail.outbox)


def send_all_again(stripe, crowd):
    OrderMail.objects.update(sent_at=None, claimed_at=None, retry_at=None)
    mail.outbox.clear()
    sweep(crowd)
    return sum(times > 1 for times in letters().values())


def test_three_sweeps_at_once_do_everything_once(stripe, crowd, scale, figure, monkeypatch):
    lots = scale(short=5, long=100)
    much_is_due(stripe, lots)

    sweep(crowd)
    later_mails_are_due()
    sweep(crowd)

    assert done_more_than_once(stripe) == []
    assert faults(stripe.sandbox) == []
    assert Counter(Order.objects.values_list("status", flat=True)) == {
        "CONFIRMED": 3 * lots,
        "CANCELED": lots,
    }
    assert len(stripe.sandbox.refunds()) == lots
    assert not OrderMail.objects.filter(sent_at=None).exists()
    with monkeypatch.context() as patch:
        mails_unclaimed(patch)
        twice, after = until_lost(lambda: send_all_again(stripe, crowd))
    figure(
        f"{HOSTS} sweeps at once",
        tried=f"{4 * lots} orders: expired, unheard of, failed before, to be refunded",
        control=f"{twice} of {after * len(letters())} mails sent more than once",
    )
