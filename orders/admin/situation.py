"""Where an order stands: what a page of staff's asks about it, looked up once."""

from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from orders import refunding, shipping
from orders.models import Order, OrderLine, OrderMail
from payments import refunds
from payments.models import Payment


def payment_of(order: Order) -> Payment | None:
    """None for an order that cost nothing."""
    payment: Any = getattr(order, "payment", None)
    return payment


class Situation:
    def __init__(self, order: Order) -> None:
        self.order = order

    @cached_property
    def payment(self) -> Payment | None:
        return payment_of(self.order)

    @cached_property
    def lines(self) -> list[OrderLine]:
        return list(self.order.lines.all())

    @cached_property
    def to_ship(self) -> dict[int, int]:
        """Copies by primary key of the line; lines that have gone out whole are left out."""
        return shipping.left_to_ship(self.order)

    @cached_property
    def can_be_shipped(self) -> bool:
        is_refunded = self.payment is not None and self.payment.status == Payment.Status.REFUNDED
        return self.order.status == Order.Status.CONFIRMED and not is_refunded and bool(self.to_ship)

    @cached_property
    def to_refund(self) -> dict[int, int]:
        """Copies whose money has not gone back, by primary key of the line."""
        return refunding.left_by_line(self.order)

    @cached_property
    def money_left(self) -> Decimal:
        """What can still go back."""
        if self.payment is None:
            return Decimal(0)
        return refunds.left_to_refund(self.payment)

    @cached_property
    def has_parcels(self) -> bool:
        return self.order.shipments.exists()

    @property
    def can_be_revived(self) -> bool:
        return self.order.status == Order.Status.CANCELED and refunds.has_all(self.payment)

    @property
    def sent_mails(self) -> QuerySet[OrderMail]:
        return self.order.mails.filter(sent_at__isnull=False).order_by("sent_at")

    @cached_property
    def has_sent_mails(self) -> bool:
        return self.sent_mails.exists()
