"""The shop, its shoppers and Stripe, as the payment stories use them."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import requests
from django.db import transaction
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine

from bookstore.testing.stripe import Stripe
from bookstore.testing.worker import run_due_tasks
from cart.models import CartLine
from orders import acceptance, checkout, endings, mails
from orders.factories import ADDRESS
from orders.models import Order, OrderMail
from orders.placing import NotPlaced, Quote
from payments import gateway, inbox, intents, refunds
from payments.models import Payment, Refund, StripeEvent

LONG_AGO = timedelta(hours=2)


class PaymentWorld(RuleBasedStateMachine):
    """A shop whose changes are all undone when a story ends, and a sandbox that begins empty."""

    def __init__(self, stripe: Stripe) -> None:
        super().__init__()
        self.stripe, self.sandbox = stripe, stripe.sandbox
        self.sandbox.reset()
        self.story = transaction.atomic()
        self.story._from_testcase = True  # as pytest-django's own: no lock of ours is held in it
        self.story.__enter__()

    def undo_everything(self) -> None:
        transaction.set_rollback(True)
        self.story.__exit__(None, None, None)

    # What shoppers do

    def place(self, cart, city) -> None:
        cart.__dict__.pop("lines_with_books", None)
        agreed = {
            "email": "ada@example.com",
            "address": ADDRESS.__class__(**(ADDRESS.__dict__ | {"city": city})),
            "delivery": self.delivery,
            "agreed_total": Quote.of(cart.lines_with_books, self.delivery).total,
        }
        with suppress(NotPlaced, gateway.GatewayError, intents.NotPayable):  # told to the shopper
            order = checkout.place_or_replace(cart, **agreed)
            if order.is_pending:
                intents.ensure(order.payment)

    # How a story ends

    def everything_arrives(self) -> None:
        """Networks heal, banks answer, all events come (once more), the worker and the sweep do what is due."""
        self.sandbox.faults.clear()
        for intent in self.at_stripe("processing"):
            self.sandbox.settle_delayed(intent, True)
        seen = -1
        while seen != (seen := len(self.stripe.events())):
            self.stripe.deliver(self.stripe.events())
            run_due_tasks()
            self._tend()

    def _tend(self) -> None:
        past = timezone.now() - LONG_AGO
        StripeEvent.objects.filter(retry_at__isnull=False).update(retry_at=past)
        Refund.objects.update(created_at=past)
        OrderMail.objects.update(created_at=past)
        endings.expire_holds()
        for duty in (inbox.retry_due, refunds.submit_due, acceptance.empty_due_carts, mails.send_left_behind):
            duty()

    def kept_money(self) -> dict:
        """What Stripe took and gave back, by payment; in minor units."""
        sums = {payment.pk: Counter() for payment in Payment.objects.all()}
        owners = {i["id"]: i["metadata"]["payment_id"] for i in self.sandbox.intents()}
        by_id = {str(pk): pk for pk in sums}
        for charge in self.sandbox.charges():
            total = sums[by_id[owners[charge["payment_intent"]]]]
            total["received"] += charge["amount_captured"]
            total["refunded"] += charge["amount_refunded"]
            total["successes"] += charge["paid"]
        return sums

    # What there is

    def put(self, cart, book, quantity) -> None:
        CartLine.objects.filter(cart=cart, book=book).delete()
        if quantity:
            CartLine.objects.create(cart=cart, book=book, quantity=quantity, price_when_added=book.price)
        self.expected_in_cart[cart.pk][book.pk] = quantity
        self.expected_in_cart[cart.pk] = +self.expected_in_cart[cart.pk]

    def shown(self) -> list[str]:
        """Intents that a shopper has on the pay page: those whose id we know."""
        return sorted(
            Payment.objects.exclude(stripe_payment_id=None).values_list("stripe_payment_id", flat=True)
        )

    def at_stripe(self, status: str) -> list[str]:
        return [intent["id"] for intent in self.sandbox.intents() if intent["status"] == status]

    def order(self, which: int) -> Order:
        return self.one_of(list(Order.objects.order_by("placed_at")), which)

    @staticmethod
    def one_of(choices: list, which: int):
        return choices[which % len(choices)]

    def dashboard(self, path: str, data: dict | None = None) -> None:
        """What staff do at Stripe itself; a refusal is theirs to see."""
        troubles, self.sandbox.faults.active = self.sandbox.faults.active, []
        requests.post(
            f"{self.sandbox.url}/v1/{path}", data=data, auth=(self.sandbox.secret_key, ""), timeout=5
        )
        self.sandbox.faults.active = troubles
