"""Stripe's events, each delivered ten times at once; and locks that a delivery cannot get."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from threading import local

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from bookstore.catalog.factories import BookFactory
from bookstore.testing.stripe import WEBHOOK
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order, OrderEvent, OrderMail
from orders.tests.ledger import books_add_up
from payments import intents, signals
from payments.models import StripeEvent

from .racing import Crowd, Stopwatch
from .racing_unguarded import every_delivery_is_new

pytestmark = [
    pytest.mark.proof,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

TIMES = 10
BOUGHT, IN_CART = 1, 3


@dataclass
class Outcome:
    """What ten deliveries of each event have done."""

    events: int
    statuses: Counter
    applied_twice: int
    paid_twice: int
    speed: Stopwatch

    @property
    def lost(self) -> int:
        return self.applied_twice + self.paid_twice


def ordered(stripe, count):
    """Orders whose shoppers were declined once and then paid; each cart holds two copies more than were bought."""
    books = [BookFactory(stock=count) for _ in range(5)]
    delivery = DeliveryMethodFactory()
    for number in range(count):
        order = place_order(books[number % 5], quantity=BOUGHT, delivery=delivery)
        order.cart.lines.update(quantity=IN_CART)
        intent = intents.ensure(order.payment)
        for card in ("pm_card_visa_chargeDeclined", "pm_card_visa"):
            stripe.sandbox.pay(intent.id, card)
        yield order


class Announcements(Counter):
    """How often each payment was announced as paid."""

    def hear(self, sender, payment, **news):
        self[payment.pk] += 1


def deliver_ten_times(stripe, announced, *, orders, threads, seed):
    for order in ordered(stripe, orders):
        announced[order.payment.pk] = 0
    told = stripe.events("payment_intent.payment_failed") + stripe.events("payment_intent.succeeded")
    news = [event for event in told if not StripeEvent.objects.filter(pk=event["id"]).exists()]
    deliveries = [stripe.sandbox.signed(event) for event in news] * TIMES
    Random(seed).shuffle(deliveries)
    with Crowd(threads) as crowd, Stopwatch() as speed:
        statuses = crowd.at_once([speed.timed(posting(*delivery)) for delivery in deliveries])
    mirrored = Counter(
        DBTaskResult.objects.filter(task_path__endswith="mirror_intent").values_list(
            "args_kwargs__kwargs__event_id", flat=True
        )
    )
    return Outcome(
        events=len(news),
        statuses=Counter(statuses),
        applied_twice=sum(mirrored[event["id"]] != 1 for event in news),
        paid_twice=sum(times != 1 for times in announced.values()),
        speed=speed,
    )


own = local()


def posting(body, headers):
    """Each thread has one client: it is the shop that is measured."""
    more = {name: value for name, value in headers.items() if name.lower() != "content-type"}

    def post():
        own.client = getattr(own, "client", None) or Client()
        return own.client.post(WEBHOOK, body, content_type="application/json", headers=more).status_code

    return post


@pytest.fixture
def announced():
    heard = Announcements()
    signals.payment_succeeded.connect(heard.hear)
    yield heard
    signals.payment_succeeded.disconnect(heard.hear)


def test_ten_deliveries_of_each_event_have_one_effect(stripe, announced, scale, seed, figure, monkeypatch):
    size = {"orders": scale(short=20, long=500), "threads": scale(short=8, long=16), "seed": seed}

    kept = deliver_ten_times(stripe, announced, **size)

    assert kept.statuses == {200: kept.events * TIMES}
    assert kept.lost == 0
    assert_everything_happened_once(size["orders"])
    with monkeypatch.context() as patch:
        announced.clear()
        every_delivery_is_new(patch)
        loose = deliver_ten_times(stripe, announced, **size | {"orders": 20})
    assert loose.applied_twice > 0
    assert loose.paid_twice > 0
    figure(
        f"Each event delivered {TIMES} times at once, on {size['threads']} threads",
        tried=f"{kept.events * TIMES} deliveries of {kept.events} events; {kept.speed}",
        control=f"{loose.applied_twice} of {loose.events} events applied more than once, "
        f"{loose.paid_twice} of 20 payments made more than once",
    )


def assert_everything_happened_once(count):
    assert Order.objects.filter(status=Order.Status.CONFIRMED).count() == count
    for kind in ("confirmed", "placed"):
        assert OrderEvent.objects.filter(kind=kind).count() == count
    assert OrderMail.objects.count() == count
    assert DBTaskResult.objects.filter(task_path__endswith="send_order_mail").count() == count
    assert set(StripeEvent.objects.values_list("attempts", flat=True)) == {1}
    left = set(Order.objects.values_list("cart__lines__quantity", flat=True))
    assert left == {IN_CART - BOUGHT}
    assert books_add_up()
