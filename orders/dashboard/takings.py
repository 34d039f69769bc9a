"""Money that came and went, and the orders that were accepted, by day and currency.

Takings are payments that were made, at the time they came; refunds are those that were asked for and have not failed,
at the time they were asked for. Money that came a second time for one order and went straight back is in neither.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from orders.models import Order
from payments.models import Payment, Refund

from .reckoning import Bounds, local_day

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Takings:
    """Amounts in one currency, whichever it is; `value` is what the accepted orders came to."""

    taken: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    orders: int = 0
    value: Decimal = Decimal(0)

    def __add__(self, other: "Takings") -> "Takings":
        return Takings(
            self.taken + other.taken,
            self.refunded + other.refunded,
            self.orders + other.orders,
            self.value + other.value,
        )

    @property
    def net(self) -> Decimal:
        return self.taken - self.refunded

    @property
    def average(self) -> Decimal | None:
        """What an order came to; None without orders."""
        return (self.value / self.orders).quantize(CENT, ROUND_HALF_UP) if self.orders else None


@dataclass(frozen=True)
class DayTakings:
    day: date
    currency: str
    takings: Takings


def by_day(bounds: Bounds) -> list[DayTakings]:
    """Three statements; a day and a currency may come several times, to be added up."""
    return [*_payments(bounds), *_refunds(bounds), *_orders(bounds)]


def _payments(bounds: Bounds) -> Iterator[DayTakings]:
    paid = Payment.objects.filter(status__in=Payment.PAID)
    for day, currency, amount, _ in _summed(paid, "completed_at", "amount", bounds):
        yield DayTakings(day, currency, Takings(taken=amount))


def _refunds(bounds: Bounds) -> Iterator[DayTakings]:
    of_takings = Refund.objects.standing().filter(intent_id=F("payment__stripe_payment_id"))
    of_takings = of_takings.filter(payment__status__in=Payment.PAID)
    for day, currency, amount, _ in _summed(of_takings, "created_at", "amount", bounds):
        yield DayTakings(day, currency, Takings(refunded=amount))


def _orders(bounds: Bounds) -> Iterator[DayTakings]:
    """Also those that were canceled later: their money came, and is among the refunds."""
    for day, currency, value, number in _summed(Order.objects.all(), "confirmed_at", "total", bounds):
        yield DayTakings(day, currency, Takings(orders=number, value=value))


def _summed(
    rows: QuerySet[Any], at: str, amount: str, bounds: Bounds
) -> Iterator[tuple[date, str, Decimal, int]]:
    within = rows.filter(**{f"{at}__gte": bounds[0], f"{at}__lt": bounds[1]}).order_by()
    found = within.annotate(day=local_day(at, bounds)).values_list("day", "currency")
    for day, currency, summed, number in found.annotate(summed=Sum(amount), number=Count("*")):
        yield day, currency, summed.quantize(CENT), number  # SQLite adds in floating point
