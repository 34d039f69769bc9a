"""What the news of a payment does to its order and to the shopper's cart.

All of this runs inside the transaction that moves the payment, under its lock. Locks are taken in one order
everywhere: payment, order, cart, books.
"""

import logging

from django.db import IntegrityError, transaction
from django.dispatch import receiver

from bookstore.catalog.models import OutOfStock
from bookstore.templatetags.money import money
from cart.models import Cart
from cart.signals import cart_merging
from payments import refunds
from payments.models import Dispute, Payment, Refund
from payments.signals import (
    payment_canceled,
    payment_disputed,
    payment_failed,
    payment_refunded,
    payment_succeeded,
)

from . import mails
from .acceptance import accept, accept_late, empty_cart
from .models import Order, OrderEvent, OrderMail

logger = logging.getLogger(__name__)


@receiver(payment_succeeded, dispatch_uid="orders.confirm_paid_order")
def confirm_paid_order(sender: type[Payment], payment: Payment, **kwargs: object) -> None:
    """Confirm the order. One that had ended meanwhile is taken up again, or its money goes back."""
    order = _locked(payment)
    try:
        accept(order)
    except Order.WrongStatus:
        _accept_or_refund(order, payment)


@receiver(payment_succeeded, dispatch_uid="orders.take_bought_books_out_of_cart")
def take_bought_books_out_of_cart(sender: type[Payment], payment: Payment, **kwargs: object) -> None:
    """The cart loses what was bought. If that fails the payment still counts, and a sweep tries again."""
    order = _locked(payment)
    if not order.is_paid:
        return
    try:
        with transaction.atomic():
            empty_cart(order)
    except Exception:
        logger.exception("The cart of order %s could not be emptied, it will be retried", order.pk)


@receiver(payment_failed, dispatch_uid="orders.note_declined_payment")
def note_declined_payment(sender: type[Payment], payment: Payment, **kwargs: object) -> None:
    """The order, its hold and the cart stay as they are; the history shows the try."""
    _locked(payment).note(OrderEvent.Kind.PAYMENT_FAILED, payment.failure_message)


@receiver(payment_canceled, dispatch_uid="orders.cancel_order_of_canceled_payment")
def cancel_order_of_canceled_payment(sender: type[Payment], payment: Payment, **kwargs: object) -> None:
    _locked(payment).cancel()


@receiver(payment_refunded, dispatch_uid="orders.note_refund")
def note_refund(sender: type[Payment], payment: Payment, refund: Refund, **kwargs: object) -> None:
    text = f"{money(refund.amount, refund.currency)}: {refund.get_status_display()}, {refund.get_reason_display()}"
    order = _locked(payment)
    order.note(OrderEvent.Kind.REFUND, text)
    if refund.status == Refund.Status.SUCCEEDED:
        _tell_of(refund, order)


@receiver(payment_disputed, dispatch_uid="orders.note_dispute")
def note_dispute(sender: type[Payment], payment: Payment, dispute: Dispute, **kwargs: object) -> None:
    text = f"{money(dispute.amount, dispute.currency)}: {dispute.reason}, {dispute.status}".replace("_", " ")
    _locked(payment).note(OrderEvent.Kind.DISPUTE, text)


@receiver(cart_merging, dispatch_uid="orders.take_unpaid_order_along")
def take_unpaid_order_along(sender: type[Cart], cart: Cart, guest_cart: Cart, **kwargs: object) -> None:
    """The unpaid order of a guest's cart goes where its books go: the next checkout finds it, so does the account."""
    pending = Order.objects.select_for_update(of=("self",)).filter(status=Order.Status.PENDING)
    order = pending.filter(cart=guest_cart).first()
    if order is None or pending.filter(cart=cart).exists():
        return
    try:
        with transaction.atomic():
            Order.objects.filter(pk=order.pk).update(cart=cart, user=cart.user)
    except IntegrityError:
        logger.warning("Order %s stays with its cart: the user has just placed another one", order.pk)


def _tell_of(refund: Refund, order: Order) -> None:
    """Of late money and of canceled orders the shopper was told at once; of the dashboard's refunds Stripe tells."""
    for kind, reason in mails.TELLS_OF_EACH.items():
        if refund.reason == reason:
            mails.owe(order, kind, about=str(refund.pk))


def _locked(payment: Payment) -> Order:
    return Order.objects.select_for_update(of=("self",)).get(pk=payment.order_id)


def _accept_or_refund(order: Order, payment: Payment) -> None:
    """Money for an order that had ended: the books if they are still there, else the money back.

    What went back already, from Stripe's dashboard, does not go back again.
    """
    try:
        accept_late(order)
    except OutOfStock:
        logger.warning("Order %s was paid after it had ended and its books are gone: refunding", order.pk)
        if refunds.request_rest(payment, reason=Refund.Reason.LATE_PAYMENT):
            mails.owe(order, OrderMail.Kind.REFUNDED_LATE)
