"""Events come in any order, and more than once: the end is the same."""

from itertools import permutations

import pytest
from django.core import mail
from django.db import transaction

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from payments import intents
from payments.models import MirroredPaymentIntent

from .news import attention_to

pytestmark = pytest.mark.django_db


def how_it_ended(order):
    """All that must not depend on the order of events."""
    order.refresh_from_db()
    payment = order.payment
    payment.refresh_from_db()
    book = order.lines.get().book
    return {
        "order": order.status,
        "payment": payment.status,
        "failure": payment.failure_code,
        "refunded": payment.amount_refunded,
        "attention": attention_to(payment),
        "stock": book.stock,
        "movements": book.movements.count(),
        "cart": order.cart.lines.count(),
        "confirmed": order.events.filter(kind="confirmed").count(),
        "mails": len(mail.outbox),
        "mirror": MirroredPaymentIntent.objects.get(id=payment.stripe_payment_id).stripe_data["status"],
    }


def test_a_decline_and_then_success_end_the_same_in_every_order(stripe):
    """The events of the intent in each of their 24 orders, the first one told again at the end."""
    order = place_order(BookFactory(stock=5))
    intent_id = intents.ensure(order.payment).id
    stripe.sandbox.pay(intent_id, "pm_card_visa_chargeDeclined")
    stripe.sandbox.pay(intent_id, "pm_card_authenticationRequired")
    stripe.sandbox.authenticate(intent_id, approve=True)
    events = stripe.events("payment_intent.")
    assert [event["type"].partition(".")[2] for event in events] == [
        "created",
        "payment_failed",
        "requires_action",
        "succeeded",
    ]

    endings = [_played(stripe, order, played) for played in permutations(events)]

    assert len(endings) == 24
    assert all(ending == endings[0] for ending in endings)
    assert endings[0] == {
        "order": "CONFIRMED",
        "payment": "COMPLETED",
        "failure": "",
        "refunded": 0,
        "attention": "",
        "stock": 4,
        "movements": 2,
        "cart": 0,
        "confirmed": 1,
        "mails": 1,
        "mirror": "succeeded",
    }


def _played(stripe, order, events):
    """The end of a story that is undone afterwards."""
    mail.outbox.clear()
    savepoint = transaction.savepoint()
    assert {response.status_code for response in stripe.deliver([*events, events[0]])} == {200}
    run_due_tasks()
    ending = how_it_ended(order)
    transaction.savepoint_rollback(savepoint)
    return ending


@pytest.mark.parametrize("cards", [["pm_card_visa"], ["pm_card_visa_chargeDeclined", "pm_card_visa"]])
def test_everything_backwards_ends_the_same(stripe, cards):
    order = place_order(BookFactory(stock=5))
    intent_id = intents.ensure(order.payment).id
    for card in cards:
        stripe.sandbox.pay(intent_id, card)
    stripe.sandbox.advance(10)

    stripe.deliver(reversed(stripe.events()))
    run_due_tasks()

    assert how_it_ended(order)["order"] == "CONFIRMED"
    assert how_it_ended(order)["mails"] == 1
    assert how_it_ended(order)["mirror"] == "succeeded"


def test_a_cancel_and_its_echo_end_the_same_in_every_order(stripe):
    order = place_order(BookFactory(stock=5))
    intents.ensure(order.payment)
    stripe.sandbox.pay(order.payment.stripe_payment_id, "pm_card_visa_chargeDeclined")
    intents.cancel(order.payment)

    for events in permutations(stripe.events("payment_intent.")):
        stripe.deliver(events)
    run_due_tasks()

    ending = how_it_ended(order)
    assert (ending["order"], ending["payment"], ending["stock"]) == ("CANCELED", "CANCELED", 5)
    assert (ending["cart"], ending["mails"], ending["mirror"]) == (1, 0, "canceled")
