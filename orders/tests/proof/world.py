"""The shop, its shoppers, Stripe and the clock, as the stories use them."""

import io
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any
from unittest import mock

import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from bookstore.catalog.models import Book
from bookstore.testing.stripe import WEBHOOK
from bookstore.testing.worker import run_due_tasks
from cart.models import Cart, CartLine
from orders import checkout
from orders.factories import ADDRESS
from orders.models import Order
from orders.placing import NotPlaced, Quote
from payments import gateway, intents
from payments.catching_up import TYPES
from payments.sandbox import webhook_endpoints
from payments.sandbox.dispatcher import send_due

from .world_stage import PostOffice, Stage, ask, post

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEP = timedelta(seconds=0.4)
"""What a step takes: some steps happen within one of Stripe's seconds, others do not."""

TOLD_OF = [*TYPES, "payment_intent.created", "payment_intent.requires_action", "charge.refunded"]
"""What the webhook endpoint is set up for: what moves something, and a few that do not."""

REFUSALS = (NotPlaced, gateway.GatewayError, intents.NotPayable)
"""What a shopper is told; nothing has happened then."""


class World(RuleBasedStateMachine):
    """A shop whose changes are all undone when a story ends, a sandbox that begins empty, and one clock for both.

    The same draws make the same story, wherever it is told again: Hypothesis has to find its way back to a failure.
    So nothing else may decide: no other time, no chance but ours (rows that are equally old come in the order of
    their random keys), nothing that an earlier story has left in the cache.

    Stripe's webhooks wait until they are sent for: `send_due_webhooks`, `deliver`.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage, self.counted, self.shop = stage, stage.counted, stage.shop
        self.sandbox = stage.stripe.sandbox
        self.expected_in_cart = {cart.pk: Counter() for cart in self.shop.carts}
        self.emptied_for: set = set()
        self.seen: tuple[Cart, Quote] | None = None
        self.begun = False
        self.passed = timedelta()
        self._begin()

    def _begin(self) -> None:
        self.props = ExitStack()
        self.clock = self.props.enter_context(time_machine.travel(NOON, tick=False))
        self.chance = Random(0)
        for source in ("os.urandom", "random._urandom"):  # of uuid4, and of the module `secrets`
            self.props.enter_context(mock.patch(source, lambda size: self.chance.randbytes(size)))
        cache.clear()
        self._open_stripe()
        PostOffice.reopen()
        self.unanswered_before = PostOffice.struck["mail unanswered"]
        self.stage.listener.unexpected.clear()
        self.story = transaction.atomic()
        self.story._from_testcase = True  # as pytest-django's own: no lock of ours is held in it
        self.story.__enter__()

    def _open_stripe(self) -> None:
        self.sandbox.reset()
        with self.sandbox.engine.transaction() as engine:
            address, secret = "http://shop.invalid" + WEBHOOK, self.sandbox.webhook_secret
            engine.store.put(
                webhook_endpoints.configure(engine, address, secret) | {"enabled_events": TOLD_OF}
            )

    def undo_everything(self) -> None:
        self.counted["stories"] += 1
        self.counted["events"] += self.sandbox.engine.store.count("event")
        self.counted["orders"] += Order.objects.count()
        transaction.set_rollback(True)
        self.story.__exit__(None, None, None)
        self.props.close()

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        """After every step: time goes on a little, and what was known is looked up anew."""
        self.counted["steps"] += 1
        self.let_pass(STEP)
        super().check_invariants(*args, **kwargs)

    def let_pass(self, time: timedelta) -> None:
        """For the shop and for Stripe, which does what has become due."""
        self.passed += time
        self.clock.shift(time)
        self.sandbox.advance(0)
        self.forget()

    # What there is; looked up once a step

    def forget(self) -> None:
        for name in ("intents", "charges", "orders", "shown"):
            self.__dict__.pop(name, None)

    @cached_property
    def intents(self) -> list[dict]:
        """Those at Stripe, oldest first."""
        return self.sandbox.engine.store.all("payment_intent")

    @cached_property
    def charges(self) -> list[dict]:
        return self.all("charge")

    @cached_property
    def orders(self) -> list[Order]:
        """Oldest first, with what they are paid by."""
        return list(Order.objects.select_related("payment").order_by("placed_at", "pk"))

    @cached_property
    def shown(self) -> list[str]:
        """Intents that a shopper has on the pay page: those whose id we know."""
        known = {order.payment.stripe_payment_id for order in self.orders}
        return [intent["id"] for intent in self.intents if intent["id"] in known]

    def at_stripe(self, *statuses: str) -> list[str]:
        return [intent["id"] for intent in self.intents if intent["status"] in statuses]

    def at(self, *statuses: str) -> list[Order]:
        return [order for order in self.orders if order.status in statuses]

    def all(self, kind: str) -> list[dict]:
        """Objects at Stripe, oldest first."""
        return self.sandbox.engine.store.all(kind)

    @property
    def unanswered_mails(self) -> int:
        return PostOffice.struck["mail unanswered"] - self.unanswered_before

    @staticmethod
    def one_of(choices: list, which: int) -> Any:
        return choices[which % len(choices)]

    # What shoppers do

    def put(self, cart: Cart, book: Book, quantity: int) -> None:
        CartLine.objects.filter(cart=cart, book=book).delete()
        if quantity:
            CartLine.objects.create(cart=cart, book=book, quantity=quantity, price_when_added=book.price)
        self.expected_in_cart[cart.pk][book.pk] = quantity
        self.expected_in_cart[cart.pk] = +self.expected_in_cart[cart.pk]

    def quote(self, cart: Cart) -> Quote:
        cart.__dict__.pop("lines_with_books", None)
        return Quote.of(cart.lines_with_books, self.shop.delivery)

    def place(self, cart: Cart, city: str = "Leeds", quote: Quote | None = None) -> Order | None:
        """None: the shopper was told why not."""
        agreed = {
            "email": "ada@example.com",
            "address": ADDRESS.__class__(**(ADDRESS.__dict__ | {"city": city})),
            "delivery": self.shop.delivery,
            "agreed_total": (quote or self.quote(cart)).total,
        }
        try:
            order = checkout.place_or_replace(cart, **agreed)
            if order.is_pending:
                intents.ensure(order.payment)
        except REFUSALS:
            return None
        return order

    # What Stripe does

    def at_the_desk(self, path: str, data: dict[str, Any]) -> bool:
        """A request that the shop does not make, answered whatever faults there are; a refusal is theirs to see."""
        return "error" not in ask(self.stage.line, path, data)

    def send_due_webhooks(self) -> None:
        self.counted["deliveries"] += send_due(self.sandbox.engine, lambda url, *sent: post(*sent))

    def deliver(self, events: list[dict]) -> None:
        """Whenever, in whatever order, however often."""
        for event in events:
            self.counted["deliveries"] += 1
            assert post(*self.sandbox.signed(event)) == 200

    @staticmethod
    def troubles_of_the_post_end() -> None:
        PostOffice.troubles.clear()

    # What the shop does by itself

    def work(self) -> None:
        run_due_tasks()

    def tend(self) -> None:
        call_command("tend", verbosity=0, stdout=io.StringIO())
