"""Stripe promises no order for its events, and no event only once: in every order the end is the same.

Each story happens at Stripe while the shop hears nothing. Then all its news come, in every order there is, once and
twice; after each the database is put back.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import permutations
from math import factorial
from random import Random
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from bookstore.catalog.factories import BookFactory
from bookstore.testing.stripe import Stripe
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from orders.models import Order
from orders.tests.ledger import books_add_up
from payments import gateway, intents
from payments.models import Attention, MirroredPaymentIntent, StripeEvent

from .world_stage import ask, post

pytestmark = [pytest.mark.proof, pytest.mark.django_db]

MOST_IN_SHORT, MOST_TWICE = 28, 240
"""Orders of one story's events, when there are more: in the short run, and in the long one where each comes twice."""


@dataclass
class Story:
    """What happens, the events that tell of it in their natural order, and how it ends."""

    happen: Callable[["Purchase"], None]
    told: list[str]
    end: dict[str, Any] = field(default_factory=dict)
    works: bool = True
    """Whether the worker does what follows. Not where it would ask Stripe for something that cannot be put back."""


class Purchase:
    """One copy of a book of which there are five, and its payment at Stripe."""

    def __init__(self, stripe: Stripe, line) -> None:
        self.sandbox, self.line = stripe.sandbox, line
        self.order = place_order(BookFactory(stock=5))
        self.intent = intents.ensure(self.order.payment).id

    def pays(self, card: str = "pm_card_visa", intent: str = "") -> None:
        self.sandbox.pay(intent or self.intent, card)
        self.sandbox.advance(10)

    def pays_by_a_slow_bank(self) -> None:
        self.sandbox.faults.delay_next()
        self.pays()
        self.sandbox.settle_delayed(self.intent, True)
        self.sandbox.advance(10)

    def asks(self, path: str, **data: Any) -> dict[str, Any]:
        """In the dashboard."""
        answer = ask(self.line, path, data)
        self.sandbox.advance(10)
        return answer

    def opens_a_second_intent(self) -> str:
        """As when Stripe executes a request late that it had answered with 5xx."""
        metadata = gateway.metadata_of(self.order.payment)
        named = {f"metadata[{name}]": value for name, value in metadata.items()}
        return self.asks("payment_intents", amount=1294, currency="gbp", **named)["id"]


def declined_then_delayed_then_refunded_in_part_in_vain(purchase: Purchase) -> None:
    purchase.pays("pm_card_chargeDeclined")
    purchase.pays_by_a_slow_bank()
    refund = purchase.asks("refunds", payment_intent=purchase.intent, amount=500)
    purchase.sandbox.fail_refund(refund["id"])


def refunded_in_two_parts(purchase: Purchase) -> None:
    purchase.pays()
    purchase.asks("refunds", payment_intent=purchase.intent, amount=500)
    purchase.asks("refunds", payment_intent=purchase.intent)


def disputed(evidence: str) -> Callable[[Purchase], None]:
    def happen(purchase: Purchase) -> None:
        purchase.pays()
        dispute = purchase.sandbox.dispute(purchase.sandbox.charges()[-1]["id"])
        purchase.sandbox.advance(10)
        purchase.asks(f"disputes/{dispute['id']}", **{"evidence[uncategorized_text]": evidence})

    return happen


def asked_and_paid_at_the_third_try(purchase: Purchase) -> None:
    purchase.pays("pm_card_visa_chargeDeclined")
    purchase.sandbox.pay(purchase.intent, "pm_card_authenticationRequired")
    purchase.sandbox.advance(10)
    purchase.sandbox.authenticate(purchase.intent, approve=True)


def declined_then_canceled(purchase: Purchase) -> None:
    purchase.pays("pm_card_visa_chargeDeclined")
    purchase.asks(f"payment_intents/{purchase.intent}/cancel")


def canceled_and_yet_paid_by_a_second_intent(purchase: Purchase) -> None:
    second = purchase.opens_a_second_intent()
    purchase.pays("pm_card_visa_chargeDeclined")
    purchase.asks(f"payment_intents/{purchase.intent}/cancel")
    purchase.pays("pm_card_visa_chargeDeclined", intent=second)
    purchase.pays(intent=second)


def paid_twice_by_two_intents(purchase: Purchase) -> None:
    second = purchase.opens_a_second_intent()
    purchase.pays("pm_card_visa_chargeDeclined")
    purchase.pays()
    purchase.pays("pm_card_visa_chargeDeclined", intent=second)
    purchase.pays(intent=second)


PAID = {
    "order": "CONFIRMED",
    "payment": "COMPLETED",
    "failure": "",
    "refunded": 0,
    "refunds": [],
    "disputes": [],
    "stock": 4,
    "books add up": True,
    "in cart": 0,
    "mails": ["confirmation"],
    "sent": 1,
    "attention": [],
    "unprocessed": 0,
    "mirror": "succeeded",
}
CREATED, FAILED, SUCCEEDED, CANCELED = (
    f"payment_intent.{what}" for what in ("created", "payment_failed", "succeeded", "canceled")
)
DISPUTE = [f"charge.dispute.{what}" for what in ("created", "funds_withdrawn", "updated", "closed")]

STORIES = {
    "declined, delayed, partly refunded in vain": Story(
        declined_then_delayed_then_refunded_in_part_in_vain,
        [CREATED, FAILED, "payment_intent.processing", SUCCEEDED, "refund.created", "refund.failed"],
        PAID | {"refunds": [("FAILED", 5)], "attention": ["refund_failed"]},
    ),
    "refunded in two parts": Story(
        refunded_in_two_parts,
        [CREATED, SUCCEEDED, "refund.created", "refund.updated", "refund.created", "refund.updated"],
        PAID | {"payment": "REFUNDED", "refunded": 12.94, "refunds": [("SUCCEEDED", 5), ("SUCCEEDED", 7.94)]},
    ),
    "disputed and won": Story(
        disputed("winning_evidence"), [CREATED, SUCCEEDED, *DISPUTE], PAID | {"disputes": ["won"]}
    ),
    "disputed and lost": Story(
        disputed("we are sorry"),
        [CREATED, SUCCEEDED, *DISPUTE],
        PAID | {"disputes": ["lost"], "attention": ["dispute"]},
    ),
    "paid at the third try": Story(
        asked_and_paid_at_the_third_try, [CREATED, FAILED, "payment_intent.requires_action", SUCCEEDED], PAID
    ),
    "declined and canceled": Story(
        declined_then_canceled,
        [CREATED, FAILED, CANCELED],
        PAID
        | {"order": "CANCELED", "payment": "CANCELED", "stock": 5, "in cart": 1, "mirror": "canceled"}
        | {"mails": [], "sent": 0},
    ),
    "canceled, paid by a second intent": Story(
        canceled_and_yet_paid_by_a_second_intent,
        [CREATED, CREATED, FAILED, CANCELED, FAILED, SUCCEEDED],
        PAID,
    ),
    "paid twice by two intents": Story(
        paid_twice_by_two_intents,
        [CREATED, CREATED, FAILED, SUCCEEDED, FAILED, SUCCEEDED],
        PAID | {"refunds": [("REQUESTED", 12.94)], "sent": 0, "mirror": None},
        works=False,
    ),
}


@pytest.mark.parametrize("told", ["once", "twice"])
@pytest.mark.parametrize("name", STORIES)
def test_in_every_order_the_end_is_the_same(direct_stripe, line, name, told, scale, seed, figure):
    story = STORIES[name]
    purchase = Purchase(direct_stripe, line)
    story.happen(purchase)
    events = told_of(direct_stripe, story)
    assert sorted(event["type"] for event in events) == sorted(story.told)

    tried = 0
    most = factorial(len(events)) if told == "once" else MOST_TWICE
    for order in in_orders(events, scale(short=MOST_IN_SHORT, long=most), seed):
        news = order if told == "once" else [*order, *twins_of(order)]
        assert played(purchase, story, news) == story.end, [event["type"] for event in news]
        tried += 1

    figure(f"News in every order: {name}, told {told}", tried=f"{tried} of {factorial(len(events))} orders")


@pytest.mark.parametrize("name", STORIES)
def test_everything_backwards_ends_the_same(direct_stripe, line, name):
    """Also what the shop need not hear of, such as news of charges."""
    story = STORIES[name]
    purchase = Purchase(direct_stripe, line)
    story.happen(purchase)
    purchase.sandbox.advance(60)

    assert played(purchase, story, list(reversed(direct_stripe.events()))) == story.end


def told_of(stripe: Stripe, story: Story) -> list[dict[str, Any]]:
    """The first event of each kind that the story names, as often as it names it."""
    left = list(story.told)
    events = []
    for event in stripe.events():
        if event["type"] in left:
            left.remove(event["type"])
            events.append(event)
    return events


def in_orders(events: list, most: int, seed: int) -> list[list]:
    """All orders if they are not more than that; else the natural one, it backwards, and others by chance."""
    if factorial(len(events)) <= most:
        return [list(order) for order in permutations(events)]
    dice = Random(seed)
    return [events, events[::-1], *(dice.sample(events, len(events)) for _ in range(most - 2))]


def twins_of(events: list) -> list:
    """Half of them once more as they are, the others as another event that says the same: Stripe makes such, too."""
    return [
        event if n % 2 else event | {"id": event["id"] + "twin"} for n, event in enumerate(reversed(events))
    ]


def played(purchase: Purchase, story: Story, events: list[dict[str, Any]]) -> dict[str, Any]:
    """The end of a story that is undone afterwards."""
    mail.outbox.clear()
    savepoint = transaction.savepoint()
    for event in events:
        assert post(*purchase.sandbox.signed(event)) == 200
    if story.works:
        run_due_tasks()
    end = how_it_ended(Order.objects.select_related("payment").get(pk=purchase.order.pk))
    transaction.savepoint_rollback(savepoint)
    return end


def how_it_ended(order: Order) -> dict[str, Any]:
    """All that must not depend on the order of the news.

    Which is what a person is called for, but for one case: money that went back before the shop had heard of it.
    """
    payment = order.payment
    called = Attention.objects.open().exclude(reason=Attention.Reason.REFUNDED_FIRST)
    mirrored = MirroredPaymentIntent.objects.filter(id=payment.stripe_payment_id).first()
    return {
        "order": order.status,
        "payment": payment.status,
        "failure": payment.failure_code if payment.is_paid else "",
        "refunded": float(payment.amount_refunded),
        "refunds": sorted((refund.status, float(refund.amount)) for refund in payment.refunds.all()),
        "disputes": [dispute.status for dispute in payment.disputes.all()],
        "stock": order.lines.get().book.stock,
        "books add up": books_add_up(),
        "in cart": order.cart.lines.count(),
        "mails": sorted(order.mails.values_list("kind", flat=True)),
        "sent": len(mail.outbox),
        "attention": sorted(called.values_list("reason", flat=True)),
        "unprocessed": StripeEvent.objects.filter(processed_at=None).count(),
        "mirror": mirrored and mirrored.stripe_data["status"],
    }
