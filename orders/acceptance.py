"""An order that is paid, or costs nothing: it is confirmed, its mail is owed, and the cart loses what was bought."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from bookstore.accounts.models import User
from cart.models import Cart
from payments import refunds
from payments.models import Payment, Refund

from . import mails
from .models import Order, OrderEvent, OrderMail

logger = logging.getLogger(__name__)

GRACE = timedelta(minutes=1)
"""How long a sweep leaves to the worker what the worker does at once."""


def accept(order: Order) -> bool:
    """Confirm an order. False: confirmed before. Raises Order.WrongStatus when it had ended."""
    if not order.confirm():
        return False
    _welcome(order)
    return True


def accept_late(order: Order) -> None:
    """Confirm an order whose money came after it had ended. Raises OutOfStock when the books are gone."""
    Cart.objects.locked(order.cart_id)  # before the books, as everywhere
    order.revive()
    _welcome(order)


@transaction.atomic
def take_up_again(order: Order, *, actor: User | None) -> bool:
    """Confirm an order that had ended although its money is with the shop, as when a refund failed. False: done before.

    The shopper, who was told that the money goes back, gets a confirmation that says otherwise.
    Raises Order.WrongStatus without such money, bookstore.catalog.models.OutOfStock when the books are gone.
    """
    payment = Payment.objects.select_for_update(of=("self",)).filter(order=order).first()
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if order.is_paid:
        return False
    if payment is None or not refunds.has_all(payment):
        raise Order.WrongStatus(f"order {order.pk} has no money with the shop, cannot be taken up again")
    Cart.objects.locked(order.cart_id)
    order.revive("The money stayed with the shop; the books were still there")
    said = order.note(OrderEvent.Kind.NOTE, "Taken up again by staff", actor=actor)
    mails.owe(order, OrderMail.Kind.CONFIRMATION, about=str(said.pk))
    _keep_money(payment)
    logger.info("Order %s taken up again", order.pk)
    return True


def _keep_money(payment: Payment) -> None:
    """What could not be given back, because the order had ended, pays for it again. Other refunds stay owed."""
    of_the_order = (Refund.Reason.CANCELED_BY_SHOP, Refund.Reason.LATE_PAYMENT)
    refunds.close_cases(payment.refunds.filter(reason__in=of_the_order), "The order was taken up again")


def empty_cart(order: Order) -> bool:
    """Take what was bought out of the cart, once; what was added since stays. False: done before.

    Call it in a transaction that holds the order's lock.
    """
    claimed = Order.objects.filter(pk=order.pk, cart_emptied_at=None).update(cart_emptied_at=timezone.now())
    if not claimed:
        return False
    if cart := Cart.objects.locked(order.cart_id):
        cart.take_out(order.quantities())
        logger.info("Cart of order %s emptied of what was bought", order.pk)
    return True


def empty_due_carts() -> int:
    """Empty the carts of paid orders where that failed when the money came. Returns how many."""
    due = Order.objects.paid().filter(cart_emptied_at=None, confirmed_at__lte=timezone.now() - GRACE)
    emptied = 0
    for pk in due.values_list("pk", flat=True):
        try:
            with transaction.atomic():
                emptied += empty_cart(Order.objects.select_for_update(of=("self",)).get(pk=pk))
        except Exception:
            logger.exception("The cart of order %s could not be emptied, it will be retried", pk)
    return emptied


def _welcome(order: Order) -> None:
    logger.info("Order %s confirmed", order.pk)
    mails.owe(order, OrderMail.Kind.CONFIRMATION)
