"""Ending an order that is not paid: on the shopper's wish, because a changed one replaces it, or because time ran out.

The PaymentIntent is canceled first. If Stripe says that the money has come, the order is paid and stays.
"""

import logging
from collections import Counter
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from bookstore.accounts.models import User
from bookstore.catalog.models import Book, StockMovement
from payments import gateway, intents, refunds
from payments.models import Payment, Refund

from . import mails
from .models import Order, OrderMail, RefundedLine

logger = logging.getLogger(__name__)


def cancel(order: Order, reason: Order.CancelReason) -> Order:
    """Cancel an unpaid order; look at the answer's status to see whether it was. No other status changes.

    The reason is noted first, so that whatever cancels the order in the end can name it. Raises
    payments.gateway.GatewayError when Stripe cannot be asked: but for that reason the order stays as it is then.
    """
    pending = Order.objects.filter(pk=order.pk, status=Order.Status.PENDING)
    if pending.update(cancel_reason=reason):
        intents.cancel(Payment.objects.get(order=order))
    order.refresh_from_db()
    return order


@transaction.atomic
def take_back(order: Order, *, key: UUID, reason: str, actor: User | None) -> Order:
    """Cancel an order that was paid and of which nothing has been shipped: all money goes back, all books to the shelf.

    The same key cancels once. Raises Order.WrongStatus, also when a parcel has gone out; nothing has changed then.
    """
    payment = Payment.objects.select_for_update(of=("self",)).filter(order=order).first()
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if order.shipments.exists():
        raise Order.WrongStatus(f"order {order.pk} was shipped in part, cannot be canceled")
    if not order.take_back(reason, actor=actor):
        return order
    _put_all_back(order, actor)
    if payment:
        refunds.request_rest(payment, reason=Refund.Reason.CANCELED_BY_SHOP, requested_by=actor, key=key)
    mails.owe(order, OrderMail.Kind.CANCELED_BY_SHOP, about=str(key))
    return order


def _put_all_back(order: Order, actor: User | None) -> None:
    """Copies that were refunded without going back to the shelf are written off."""
    refunded = RefundedLine.objects.filter(line__order=order).select_related("line__book")
    returned: Counter[int] = Counter()
    for line in refunded.filter(restocked=True):
        returned[line.line.book_id] += line.quantity
    back = {pk: n - returned[pk] for pk, n in order.quantities().items() if n > returned[pk]}
    if back:
        Book.objects.put_back(back, order_id=order.pk, reason=StockMovement.Reason.RETURNED)
    for line in refunded:
        if not line.restocked:
            Book.objects.correct(
                line.line.book, -line.quantity, actor, note=f"Not fit for sale, order {order.number}"
            )


def expire_holds() -> int:
    """Cancel the orders whose hold has run out. Returns how many ended; those that Stripe cannot tell of wait.

    When Stripe does not answer at all, the rest waits for the next sweep.
    """
    ended = 0
    for order in Order.objects.hold_ran_out(timezone.now()).order_by("hold_expires_at"):
        try:
            cancel(order, Order.CancelReason.EXPIRED)
        except Exception as error:  # whatever it is, it must not keep the others from ending
            logger.exception("Order %s could not be expired, it will be retried", order.pk)
            if gateway.is_silence(error):
                break
        else:
            ended += order.status == Order.Status.CANCELED
    return ended
