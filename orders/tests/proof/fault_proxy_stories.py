"""Shoppers and staff at a shop whose line to Stripe is bad, and what must be true once the line is good again."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.core.management import call_command

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders.models import Order, OrderMail
from orders.tests.ledger import books_add_up
from payments import refunds
from payments.models import Payment, Refund, StripeEvent

from .fault_proxy_http import HttpFaultProxy

MINUTE = 60
DECLINED = "pm_card_chargeDeclined"
TRIES = 4  # that a shopper makes before giving up


class BadLine:
    """One shop, told one story after another. Shoppers reach Stripe all right: it is the shop that does not."""

    def __init__(
        self, stripe: Any, proxy: HttpFaultProxy, visitor: Callable, clock: Any, seed: object
    ) -> None:
        self.stripe, self.sandbox, self.proxy = stripe, stripe.sandbox, proxy
        self.visitor, self.clock = visitor, clock
        self.dice = random.Random(f"{seed}:stories")
        self.books = BookFactory.create_batch(3, stock=10_000)
        self.stories = [
            self.pays,
            self.pays_a_bit_later,
            self.is_declined_and_tries_again,
            self.cancels,
            self.cancels_what_is_paid,
            self.changes_the_order,
            self.leaves,
            self.pays_by_a_bank_that_takes_days,
            self.pays_after_the_end,
            self.pays_for_the_last_copy_too_late,
            self.gets_some_back,
        ]
        self.told: Counter[str] = Counter()

    def tell_one(self) -> None:
        """One story; then webhooks come or, as often, are lost for ever, and the worker and a sweep do their round."""
        if not (story := self._next_story()):
            return
        before = self.stripe.events()
        story()
        self.told[story.__name__] += 1
        with self.act():
            if self.dice.random() < 0.5:
                self.stripe.deliver(self.stripe.events()[len(before) :])
        self.minutes_pass(self.dice.choice([0, 1, 1, 7]))

    def _next_story(self) -> Callable[[], None]:
        self._pending = getattr(self, "_pending", None) or self.dice.sample(self.stories, len(self.stories))
        return self._pending.pop()

    # Stories

    def pays(self) -> None:
        guest, order = self.places()
        self.gives_a_card(guest, order)
        self.returns(guest, order)

    def pays_a_bit_later(self) -> None:
        guest, order = self.places()
        self.minutes_pass(self.dice.randint(1, 25))
        self.gives_a_card(guest, order)

    def is_declined_and_tries_again(self) -> None:
        guest, order = self.places()
        self.gives_a_card(guest, order, DECLINED)
        self.returns(guest, order)
        self.gives_a_card(guest, order)

    def cancels(self) -> None:
        guest, order = self.places()
        if self.dice.random() < 0.5:
            self.opens(guest, order)
        self.tries_to_cancel(guest, order)

    def cancels_what_is_paid(self) -> None:
        """Paid in another tab; the shop has not heard of it."""
        guest, order = self.places()
        self.gives_a_card(guest, order)
        self.tries_to_cancel(guest, order)

    def changes_the_order(self) -> None:
        guest, order = self.places()
        self.opens(guest, order)
        with self.act():
            guest.fills_in(city="York")
            guest.places("12.94")
        for order in Order.objects.filter(cart=guest.cart, status=Order.Status.PENDING):
            self.gives_a_card(guest, order)

    def leaves(self) -> None:
        guest, order = self.places()
        self.opens(guest, order)

    def pays_by_a_bank_that_takes_days(self) -> None:
        guest, order = self.places()
        self.sandbox.faults.delay_next()
        self.gives_a_card(guest, order)
        self.sandbox.faults.clear()
        self.returns(guest, order)

    def pays_after_the_end(self) -> None:
        """Staff ended the order by hand, but the shopper's page still took the card."""
        guest, order = self.places()
        if self.opens(guest, order):
            order.cancel(Order.CancelReason.BY_STAFF)
            self.sandbox.pay(self.intent_of(order))

    def pays_for_the_last_copy_too_late(self) -> None:
        guest, order = self.places(BookFactory(stock=1))
        if self.opens(guest, order):
            order.cancel(Order.CancelReason.BY_STAFF)
            other, others_order = self.places(order.lines.get().book)
            self.gives_a_card(other, others_order)
            self.sandbox.pay(self.intent_of(order))

    def gets_some_back(self) -> None:
        guest, order = self.places()
        self.gives_a_card(guest, order)
        with self.act():
            self.stripe.deliver(self.stripe.events()[-4:])
        order.payment.refresh_from_db()
        if order.payment.is_paid:
            amount = self.dice.choice([Decimal("2.50"), order.payment.amount])
            refunds.request(order.payment, amount, reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
        with self.act():
            run_due_tasks()

    # What shoppers do

    def places(self, book: Any = None) -> tuple[Any, Order]:
        guest = self.visitor(book or self.dice.choice(self.books))
        with self.act():
            return guest, guest.orders()

    def opens(self, guest: Any, order: Order) -> bool:
        """Come to the card form. False: the shopper has given up."""
        for _ in range(TRIES):
            with self.act():
                if guest.get("pay", order).status_code == 200 and self.intent_of(order):
                    return True
                guest.post("pay", order)
        return False

    def gives_a_card(self, guest: Any, order: Order, card: str = "pm_card_visa") -> None:
        if self.opens(guest, order):
            self.sandbox.pay(self.intent_of(order), card)

    def returns(self, guest: Any, order: Order) -> None:
        with self.act():
            assert guest.get("status", order, "?payment_intent=pi_x").status_code == 302

    def tries_to_cancel(self, guest: Any, order: Order) -> None:
        for _ in range(TRIES):
            with self.act():
                assert guest.post("cancel", order).status_code == 302
            order.refresh_from_db()
            if not order.is_pending:
                return

    def intent_of(self, order: Order) -> str:
        return Payment.objects.get(order=order).stripe_payment_id or ""

    # What time does

    @contextmanager
    def act(self) -> Iterator[None]:
        """Whatever somebody does at one time. A line that went away comes back afterwards."""
        try:
            yield
        finally:
            self.proxy.come_back()

    def minutes_pass(self, minutes: int) -> None:
        if minutes:
            self.clock.shift(minutes * MINUTE)
            self.sandbox.advance(0)
            with self.act():
                run_due_tasks()
            with self.act():
                call_command("tend", stdout=DevNull())

    def heal(self) -> None:
        """The line is good, banks answer; the webhooks that were lost stay lost."""
        self.proxy.heal()
        for number, intent in enumerate(self.sandbox.intents()):
            if intent["status"] == "processing":
                self.sandbox.settle_delayed(intent["id"], number % 2 == 0)

    def minutes_until_settled(self, at_most: int) -> int:
        """How many rounds of worker and sweep, a minute apart, it takes until nothing is open any more."""
        for minutes in range(at_most + 1):
            if not self.unsettled():
                return minutes
            self.minutes_pass(1)
        raise AssertionError(f"still open after {at_most} minutes: {self.unsettled()}")

    def minutes_until_confirmed(self, order: Order, at_most: int) -> int:
        for minutes in range(at_most + 1):
            order.refresh_from_db()
            if order.is_paid:
                return minutes
            self.minutes_pass(1)
        raise AssertionError(f"order {order.number} is not confirmed after {at_most} minutes")

    # What there is

    def unsettled(self) -> Counter[str]:
        return +Counter(
            orders=Order.objects.filter(status=Order.Status.PENDING).count(),
            payments=Payment.objects.open().count(),
            refunds=Refund.objects.filter(status__in=("REQUESTED", "PENDING")).count(),
            events=StripeEvent.objects.unprocessed().count(),
            mails=OrderMail.objects.unsent().count(),
        )

    def losses(self) -> list[str]:
        """What is wrong, by Stripe's books and ours. The sandbox is the truth."""
        wrong = [] if books_add_up() else ["stock does not add up"]
        kept = self._kept_money()
        for order in Order.objects.select_related("payment"):
            wrong += self._wrong_with(order, kept[str(order.pk)])
        wrong += [f"intent {i['id']} is {i['status']}" for i in self.sandbox.intents() if is_open(i)]
        wrong += [f"event {e.pk}: {e.quarantine}" for e in StripeEvent.objects.exclude(quarantine="")]
        return wrong

    def doubled(self) -> list[str]:
        """What Stripe has twice of what the shop wanted once: intents of a payment, refunds sent by it."""
        opened = Counter(intent["metadata"]["payment_id"] for intent in self.sandbox.intents())
        sent = Counter(refund["metadata"].get("refund_id") for refund in self.sandbox.refunds())
        return [str(wanted) for wanted, times in (opened + sent).items() if wanted and times > 1]

    def _kept_money(self) -> Counter[str]:
        """What Stripe has taken for an order and not given back, in minor units."""
        owners = {i["id"]: i["metadata"]["order_id"] for i in self.sandbox.intents()}
        kept: Counter[str] = Counter()
        for charge in self.sandbox.charges():
            kept[owners[charge["payment_intent"]]] += charge["amount_captured"] - charge["amount_refunded"]
        return kept

    def _wrong_with(self, order: Order, kept: int) -> list[str]:
        payment, asked_back = order.payment, self._asked_back(order)
        wrong = []
        if kept != (order.is_paid and int(order.total * 100) - asked_back):
            wrong.append(f"order {order.number} is {order.status}, {asked_back} asked back, {kept} kept")
        if payment.is_paid and payment.amount_refunded * 100 != payment.amount * 100 - kept:
            wrong.append(f"payment {payment.pk}: {payment.amount_refunded} refunded, {kept} kept")
        if order.is_paid != order.mails.filter(kind="confirmation", sent_at__isnull=False).exists():
            wrong.append(f"order {order.number} is {order.status}, and its mail does not say so")
        return wrong

    def _asked_back(self, order: Order) -> int:
        wanted = order.payment.refunds.filter(reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
        return sum(int(refund.amount * 100) for refund in wanted)


class DevNull:
    """Where a sweep's summary goes."""

    def write(self, text: str) -> None: ...


def is_open(intent: dict[str, Any]) -> bool:
    return intent["status"] not in ("succeeded", "canceled")
