"""What must be true of the shop and of Stripe together, once all news has come."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from orders.audit import audit
from orders.models import Order, OrderMail
from orders.tests.ledger import books_add_up
from payments.money import to_minor
from payments.sandbox.testing import SandboxServer


@dataclass
class Money:
    """What Stripe took for an order, in minor units."""

    charges: int = 0
    came: int = 0
    went_back: int = 0

    @property
    def kept(self) -> int:
        return self.came - self.went_back


def money_at(sandbox: SandboxServer) -> dict[str, Money]:
    """By order id, as the intents' metadata names it."""
    orders = {intent["id"]: intent["metadata"]["order_id"] for intent in sandbox.intents()}
    money: dict[str, Money] = defaultdict(Money)
    for charge in sandbox.charges():
        if charge["paid"] and charge["captured"]:
            taken = money[orders[charge["payment_intent"]]]
            taken.charges += 1
            taken.came += charge["amount_captured"]
            taken.went_back += charge["amount_refunded"]
    return money


def kept_for_nothing(sandbox: SandboxServer) -> list[Order]:
    """Canceled orders whose money Stripe still has."""
    money = money_at(sandbox)
    canceled = Order.objects.filter(status=Order.Status.CANCELED)
    return [order for order in canceled if money[str(order.pk)].kept]


def faults(sandbox: SandboxServer) -> list[str]:
    """In words; empty when every charge is one paid order's or went back, and every invariant holds."""
    money = money_at(sandbox)
    found = [f"{broken.sentence} {broken.offences}" for broken in audit() if broken.is_broken]
    found += [] if books_add_up() else ["the books do not add up"]
    for order in Order.objects.select_related("payment"):
        found += _faults_of(order, money.pop(str(order.pk), Money()))
    return found + [f"{taken} belongs to no order" for taken in money.values()]


def _faults_of(order: Order, taken: Money) -> Iterator[str]:
    total = to_minor(order.total, order.currency)
    if order.is_pending:
        yield f"{order} is pending for ever"
    elif order.is_paid:
        if taken.came - total != taken.went_back - to_minor(order.payment.amount_refunded, order.currency):
            yield f"{order} is {order.status} over {total}, but Stripe has {taken}"
        if _mails(order, OrderMail.Kind.CONFIRMATION) != 1:
            yield f"{order} is {order.status}, without one mail"
    elif taken.kept:
        yield f"{order} is canceled, but Stripe has {taken}"
    if order.payment.is_paid != bool(taken.charges):
        yield f"the payment of {order} is {order.payment.status}, but Stripe has {taken}"


def _mails(order: Order, kind: str) -> int:
    return OrderMail.objects.filter(order=order, kind=kind).count()
