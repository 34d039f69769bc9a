"""Ending an order that is not paid: on the shopper's wish, because a changed one replaces it, or because time ran out.

The PaymentIntent is canceled first. If Stripe says that the money has come, the order is paid and stays.
"""

import logging

from django.utils import timezone

from payments import gateway, intents
from payments.models import Payment

from .models import Order

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
