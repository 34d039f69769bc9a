"""Tables for the bookkeeper: orders, their lines, payments and refunds as CSV that spreadsheets open.

Each is read by one statement and written row by row, so that a hundred thousand orders need no more memory than ten.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import DecimalField, ExpressionWrapper, F, QuerySet
from django.utils.timezone import get_default_timezone, localtime

from bookstore.catalog.transfer.cells import harmless
from payments.models import Payment, Refund

from .models import Order, OrderLine

BYTE_ORDER_MARK = "\ufeff"
"""Without it, spreadsheets take UTF-8 for something older."""

FETCHED, SENT = 2_000, 200
"""Rows that come from the database at once, and rows that go out at once."""


@dataclass(frozen=True)
class Table:
    """One file. `columns` are its header, and where each column is found."""

    name: str
    title: str
    holds: str
    columns: Mapping[str, str]
    rows_of: Callable[[QuerySet[Order]], QuerySet[Any]]

    def stream(self, orders: QuerySet[Order]) -> Iterator[str]:
        """The file of these orders, whatever their sequence, in pieces. The header comes before any row is read."""
        writer = csv.writer(_Echo())
        yield BYTE_ORDER_MARK + writer.writerow(self.columns)
        found = self.rows_of(orders).values_list(*self.columns.values())
        lines = (writer.writerow([cell(value) for value in row]) for row in found.iterator(FETCHED))
        while piece := "".join(islice(lines, SENT)):
            yield piece


def cell(value: Any) -> str:
    """A value as the file has it: times with their zone, amounts with a dot, no text that could be a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return localtime(value, get_default_timezone()).isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return str(value) if isinstance(value, int) else harmless(str(value))


class _Echo:
    """What csv.writer writes comes back from its `writerow`."""

    def write(self, row: str) -> str:
        return row


def _orders(orders: QuerySet[Order]) -> QuerySet[Order]:
    return orders.prefetch_related(None).order_by("placed_at", "pk")


def _lines(orders: QuerySet[Order]) -> QuerySet[OrderLine]:
    amount = ExpressionWrapper(F("unit_price") * F("quantity"), DecimalField(max_digits=12, decimal_places=2))
    lines = OrderLine.objects.filter(order__in=_keys(orders)).annotate(amount=amount)
    return lines.order_by("order__placed_at", "order_id", "pk")


def _payments(orders: QuerySet[Order]) -> QuerySet[Payment]:
    return Payment.objects.filter(order__in=_keys(orders)).order_by("created_at", "pk")


def _refunds(orders: QuerySet[Order]) -> QuerySet[Refund]:
    refunds = Refund.objects.filter(payment__order__in=_keys(orders))
    return refunds.order_by("created_at", "pk")


def _keys(orders: QuerySet[Order]) -> QuerySet[Order, Any]:
    """For a subquery: what is chosen is told to the database as it is, not as a list of a hundred thousand keys."""
    return orders.order_by().values("pk")


ORDERS = Table(
    "orders",
    "Orders",
    "One row for each order: its status and times, the shopper, and what it came to.",
    {
        "order": "number",
        "placed at": "placed_at",
        "status": "status",
        "cancel reason": "cancel_reason",
        "confirmed at": "confirmed_at",
        "shipped at": "shipped_at",
        "delivered at": "delivered_at",
        "canceled at": "canceled_at",
        "name": "full_name",
        "e-mail": "email",
        "country": "country",
        "delivery": "delivery_name",
        "books": "subtotal",
        "delivery price": "delivery_price",
        "tax": "tax",
        "total": "total",
        "currency": "currency",
        "payment": "payment__status",
        "refunded": "payment__amount_refunded",
    },
    _orders,
)
LINES = Table(
    "lines",
    "Lines",
    "One row for each book of an order: ISBN, title, price, copies.",
    {
        "order": "order__number",
        "placed at": "order__placed_at",
        "order status": "order__status",
        "ISBN": "isbn13",
        "title": "title",
        "price": "unit_price",
        "copies": "quantity",
        "total": "amount",
        "currency": "order__currency",
    },
    _lines,
)
PAYMENTS = Table(
    "payments",
    "Payments",
    "One row for each payment: when it was paid, how much, how much of it went back, its id at Stripe.",
    {
        "order": "order__number",
        "created at": "created_at",
        "paid at": "completed_at",
        "canceled at": "canceled_at",
        "status": "status",
        "amount": "amount",
        "refunded": "amount_refunded",
        "currency": "currency",
        "PaymentIntent": "stripe_payment_id",
    },
    _payments,
)
REFUNDS = Table(
    "refunds",
    "Refunds",
    "One row for each refund: when it was asked for, how much, why, and whether it arrived.",
    {
        "order": "payment__order__number",
        "created at": "created_at",
        "status": "status",
        "amount": "amount",
        "currency": "currency",
        "reason": "reason",
        "failure": "failure_reason",
        "requested by": "requested_by__email",
        "refund at Stripe": "stripe_refund_id",
        "PaymentIntent": "intent_id",
    },
    _refunds,
)
TABLES = {table.name: table for table in (ORDERS, LINES, PAYMENTS, REFUNDS)}
