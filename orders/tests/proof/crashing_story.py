"""How a story is told with a cut in it: who comes back after it, and how the shop recovers."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from io import StringIO
from typing import Any

import time_machine
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command

from bookstore.testing.stripe import Stripe
from bookstore.testing.worker import run_due_tasks
from cart.models import Cart
from orders.models import Order
from payments.models import Payment

from .crashing import ANSWER, MAIL, Deed, Power, wipe
from .crashing_truth import complaints

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=1)
"""What a deed takes. The clock stands still otherwise, so that a story is the same however busy the machine is."""

COMING_BACK = timedelta(minutes=3)
LONG_ENOUGH = timedelta(hours=2)
"""By then every hold, claim and time of grace is over."""

A_DAY = timedelta(hours=25)
"""By then Stripe has forgotten the idempotency keys, too."""


CONFIRMED, CANCELED = Order.Status.CONFIRMED, Order.Status.CANCELED


class Then(StrEnum):
    """What the others do after a cut."""

    NOBODY = "nobody comes back"
    NOT_TODAY = "nobody comes back, and no sweep runs for a day"
    AGAIN = "it is tried again"
    ONWARDS = "it is left, and the others go on"


ALONE = (Then.NOBODY, Then.NOT_TODAY)


class Over(Exception):
    """Nobody comes back: the story ends here."""


class Story:
    """Told once from the beginning, in an empty shop, with or without a cut; then time passes and one sweep runs."""

    title = ""
    has_heard = False
    """Whether the shop knows before the story what Stripe had to tell until then."""

    def __init__(self, stripe: Stripe, cut_before: int | None = None, then: Then = Then.NOBODY) -> None:
        self.stripe, self.sandbox = stripe, stripe.sandbox
        self.power, self.then = Power(cut_before, lambda: self.clock.shift(A_MOMENT)), then

    def run(self) -> list[str]:
        """What is wrong in the end."""
        with time_machine.travel(START, tick=False) as self.clock:
            self._begin()
            with suppress(Over):
                self.tell()
            self._recover()
            twice = int(self.power.last_kind == MAIL)
            return [
                *complaints(self.sandbox, letters_too_many=twice),
                *self._about_carts(),
                *self.wrong(),
            ]

    def arrange(self) -> None:
        """What is there before; nothing is cut off here."""

    def tell(self) -> None:
        """The story, each of its acts by `does`."""

    def wrong(self) -> list[str]:
        """What should not be so at the end of this very story."""
        return []

    def does(self, act: str, does: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """One process at work, from a request to its answer. None: it was cut off, and `then` others go on."""
        with self.power.on():
            try:
                result = does(*args, **more)
                self.power.deed(Deed(ANSWER, act, lasts=False), lambda: None)
            except BaseException:
                if not self.power.is_off:
                    raise
        if not self.power.is_off:
            return result
        self.power.restore()
        if self.then in ALONE:
            raise Over
        self.clock.shift(COMING_BACK)
        return self.does(act, does, *args, **more) if self.then is Then.AGAIN else None

    # Acts that many stories have

    def hears(self, *types: str) -> None:
        """Stripe tells what happened since it told last; only events of these types, if any are named."""
        for event in self.sandbox.events():
            if event["id"] not in self.delivered and event["type"].startswith(types or ""):
                self.delivered.add(event["id"])
                self.does(f"webhook {event['type']}", self._deliver, event)

    def works(self) -> None:
        self.does("worker", run_due_tasks)

    def sweeps(self) -> None:
        self.does("tend", call_command, "tend", stdout=StringIO())

    @staticmethod
    def unless_statuses_are(*statuses: str) -> list[str]:
        """The statuses of all orders, as they must be in the end, in any order."""
        there = sorted(Order.objects.values_list("status", flat=True))
        return [] if there == sorted(statuses) else [f"orders are {there}, not {sorted(statuses)}"]

    def _deliver(self, event: dict[str, Any]) -> None:
        (response,) = self.stripe.deliver([event])
        assert response.status_code == 200

    # Around the story

    def _begin(self) -> None:
        wipe()
        cache.clear()
        mail.outbox.clear()
        self.sandbox.reset()
        self.arrange()
        self.delivered = {event["id"] for event in self.sandbox.events()} if self.has_heard else set()
        self.in_carts = {cart.pk: copies_in(cart) for cart in Cart.objects.all()}

    def _recover(self) -> None:
        if self.then not in ALONE:  # else the worker was away as well
            run_due_tasks()
        self.clock.shift(A_DAY if self.then is Then.NOT_TODAY else LONG_ENOUGH)
        self.sandbox.advance(0)
        call_command("tend", stdout=StringIO())
        run_due_tasks()

    def _about_carts(self) -> list[str]:
        """A cart loses what was bought, once, and nothing else."""
        wrong = []
        for cart in Cart.objects.all():
            expected = Counter(self.in_carts[cart.pk])
            for order in Order.objects.paid().filter(cart=cart):
                expected -= Counter(order.quantities())
            if (there := copies_in(cart)) != expected:
                wrong.append(f"in the cart is {dict(there)}, not {dict(expected)}")
        return wrong


def copies_in(cart: Cart) -> Counter[int]:
    """By primary key of the book."""
    return Counter(dict(cart.lines.values_list("book_id", "quantity")))


def intent_of(order: Order) -> str:
    return Payment.objects.get(order=order).stripe_payment_id or ""
