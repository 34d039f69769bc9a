"""Money that staff send back: all that is left, an amount, or by book; the books go back to the shelf, or not."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from bookstore.accounts.models import User
from bookstore.catalog.models import Book, StockMovement
from bookstore.templatetags.money import money
from payments import refunds
from payments.models import Payment, Refund

from .models import Order, OrderEvent, OrderLine, RefundedLine
from .shipping import left_to_ship

logger = logging.getLogger(__name__)


class NotToRefund(ValueError):
    """More copies than are left to refund."""


@dataclass(frozen=True)
class Wish:
    """What shall go back. `copies` by primary key of the line; their money is part of `amount`, which may be more
    (delivery) or less (a book that came back damaged). `key` names the form: sent twice, it refunds once."""

    key: UUID
    amount: Decimal
    why: str
    copies: Mapping[int, int] = field(default_factory=dict)
    restock: bool = False


def left(order: Order) -> Decimal:
    """What can still go back."""
    payment = Payment.objects.filter(order=order).first()
    return refunds.left_to_refund(payment) if payment else Decimal(0)


def left_by_line(order: Order) -> dict[int, int]:
    """Copies whose money has not gone back, by primary key of the line."""
    refunded = RefundedLine.objects.filter(line__order=order).values("line").annotate(n=Sum("quantity"))
    gone = dict(refunded.values_list("line", "n"))
    return {pk: quantity - gone.get(pk, 0) for pk, quantity in order.lines.values_list("pk", "quantity")}


@transaction.atomic
def refund(order: Order, wish: Wish, *, actor: User | None) -> Refund:
    """Ask for a refund; the worker sends it, and a mail follows when it has gone through.

    Raises NotToRefund, payments.refunds.MoreThanLeft, Order.WrongStatus for an order that is not paid; nothing has
    changed then.
    """
    payment = Payment.objects.select_for_update(of=("self",)).filter(order=order).first()
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if known := Refund.objects.filter(request_key=wish.key).first():
        return known
    if payment is None or not payment.is_paid:
        raise Order.WrongStatus(f"order {order.pk} is not paid, there is nothing to refund")
    made = refunds.request(
        payment,
        wish.amount,
        reason=Refund.Reason.REQUESTED_BY_CUSTOMER,
        requested_by=actor,
        key=wish.key,
    )
    _note_lines(order, made, wish)
    text = f"{money(wish.amount, order.currency)} asked for: {wish.why}"
    order.note(OrderEvent.Kind.REFUND, text, actor=actor)
    return made


def _note_lines(order: Order, made: Refund, wish: Wish) -> None:
    copies = {pk: n for pk, n in wish.copies.items() if n}
    refundable, unshipped = left_by_line(order), left_to_ship(order)
    if any(not 0 < n <= refundable.get(pk, 0) for pk, n in copies.items()):
        raise NotToRefund(f"order {order.pk} has other copies left to refund")
    RefundedLine.objects.bulk_create(
        RefundedLine(
            refund=made,
            line_id=pk,
            quantity=n,
            withdrawn=min(n, unshipped.get(pk, 0)),
            restocked=wish.restock,
        )
        for pk, n in copies.items()
    )
    if wish.restock and copies:
        books = dict(OrderLine.objects.filter(pk__in=copies).values_list("pk", "book"))
        back = {books[pk]: n for pk, n in copies.items()}
        Book.objects.put_back(back, order_id=order.pk, reason=StockMovement.Reason.RETURNED)
