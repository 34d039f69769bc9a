"""Unpaid orders that do not end: for people to look at, since every rule has been tried for an hour."""

from datetime import timedelta

from django.utils import timezone

from payments import attention, reconciling
from payments.models import Attention

from .models import Order

GRACE = timedelta(hours=1)


def call_attention() -> int:
    """Show the payments that do not move, and no longer those that have. Returns how many changed."""
    stuck = reconciling.stuck()
    told = Attention.objects.open().exclude(reason=attention.Reason.STUCK_PAYMENT).exclude(payment=None)
    overdue = Order.objects.overdue(timezone.now() - GRACE).exclude(payment__in=told.values("payment"))
    for order in overdue.select_related("payment"):
        stuck.setdefault(
            order.payment, "the order should have ended, but its payment can neither be made nor canceled"
        )
    return attention.call_stuck(stuck)
