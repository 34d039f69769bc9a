"""Payments that Stripe told us nothing of: ask, so that no lost webhook keeps a paid order waiting."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from . import gateway, intents
from .models import Payment

logger = logging.getLogger(__name__)

FIRST_LOOK = timedelta(minutes=1)
"""How long Stripe's own word is waited for."""

PATIENCE = 4
"""The pause between two looks grows with the payment's age: a fourth of it."""


def look_at_open() -> int:
    """Ask Stripe about open payments without recent news, and settle them. Returns how many moved.

    When Stripe does not answer at all, the rest waits for the next sweep.
    """
    now = timezone.now()
    moved = 0
    opened = Payment.objects.open().exclude(stripe_payment_id=None).filter(created_at__lte=now - FIRST_LOOK)
    for payment in opened.order_by("created_at"):
        if not _is_due(payment, now):
            continue
        before = payment.status
        try:
            moved += intents.refresh(payment).status != before
        except Exception as error:  # whatever it is, it must not keep the others from being settled
            if gateway.is_silence(error):
                logger.exception("Stripe cannot be asked, the next sweep goes on")
                break
            logger.exception("Payment %s could not be looked at, the next sweep tries again", payment.pk)
    return moved


def _is_due(payment: Payment, now: datetime) -> bool:
    pause = max(FIRST_LOOK, (now - payment.created_at) / PATIENCE)
    return payment.news_at is None or payment.news_at <= now - pause
