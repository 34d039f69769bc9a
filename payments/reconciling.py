"""What Stripe told us nothing of: ask, so that no lost webhook keeps a payment, a refund or a dispute waiting."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Q
from django.utils import timezone

from . import disputes, gateway, intents, refunds
from .models import Dispute, Payment, Refund

logger = logging.getLogger(__name__)

Row = TypeVar("Row", Payment, Refund, Dispute)

FIRST_LOOK = timedelta(minutes=1)
"""How long Stripe's own word is waited for."""

PATIENCE = 4
"""The pause between two looks grows with the age of what is waited for: a fourth of it."""

LOST_AFTER = timedelta(minutes=2)
"""Longer than any call to Stripe takes with all its tries."""

UNKNOWN_FOR = timedelta(minutes=15)
PROCESSING_FOR = timedelta(days=14)
"""Stripe names up to 14 business days for the slowest debits; most answer within a week."""

DISPUTE_PAUSE = timedelta(hours=6)


def look_at_open() -> int:
    """Ask Stripe about open payments without recent news, and settle them. Returns how many moved."""
    now = timezone.now()
    opened = Payment.objects.open().exclude(stripe_payment_id=None).filter(created_at__lte=now - FIRST_LOOK)
    due = (each for each in opened.order_by("created_at") if _is_due(now, each.created_at, each.news_at))
    return _each(due, _refreshed)


def look_for_lost() -> int:
    """Find the intents that were perhaps opened by calls that ended without an answer. Returns how many there were."""
    lost = Payment.objects.open().filter(stripe_payment_id=None, opened_at__lte=timezone.now() - LOST_AFTER)
    return _each(lost.order_by("created_at"), intents.find_lost)


def look_at_refunds() -> int:
    """Ask Stripe about refunds that are on their way without news. Returns how many moved."""
    now = timezone.now()
    waiting = Refund.objects.filter(status=Refund.Status.PENDING, created_at__lte=now - FIRST_LOOK)
    due = (each for each in waiting.order_by("created_at") if _is_due(now, each.created_at, each.asked_at))
    return _each(due, _followed)


def look_at_disputes() -> int:
    """Ask Stripe about disputes that are not over. Returns how many moved."""
    waiting = Dispute.objects.exclude(status__in=disputes.CLOSED)
    return _each(waiting.filter(news_at__lte=timezone.now() - DISPUTE_PAUSE), _dispute_followed)


def stuck() -> dict[Payment, str]:
    """Payments that only a person can help, and why."""
    now = timezone.now()
    unknown = Q(stripe_payment_id=None, opened_at__lte=now - UNKNOWN_FOR)
    processing = Q(status=Payment.Status.PROCESSING, opened_at__lte=now - PROCESSING_FOR)
    found = Payment.objects.open().filter(unknown | processing)
    return {
        payment: "it is not known whether Stripe opened it"
        if payment.stripe_payment_id is None
        else "the bank has been at it for two weeks"
        for payment in found
    }


def _is_due(now: datetime, created_at: datetime, asked_at: datetime | None) -> bool:
    pause = max(FIRST_LOOK, (now - created_at) / PATIENCE)
    return asked_at is None or asked_at <= now - pause


def _each(rows: Iterable[Row], look: Callable[[Row], bool]) -> int:
    """How many of the rows moved. When Stripe does not answer at all, the rest waits for the next sweep."""
    moved = 0
    for row in rows:
        try:
            moved += look(row)
        except Exception as error:  # whatever it is, it must not keep the others from being looked at
            if gateway.is_silence(error):
                logger.exception("Stripe cannot be asked, the next sweep goes on")
                break
            logger.exception("%s could not be looked at, the next sweep tries again", str(row).capitalize())
    return moved


def _refreshed(payment: Payment) -> bool:
    before = payment.status
    return intents.refresh(payment).status != before


def _followed(refund: Refund) -> bool:
    Refund.objects.filter(pk=refund.pk).update(asked_at=timezone.now())
    return refunds.follow(gateway.retrieve_refund(refund.stripe_refund_id or "")).status != refund.status


def _dispute_followed(dispute: Dispute) -> bool:
    as_of = timezone.now()
    return (
        disputes.follow(gateway.retrieve_dispute(dispute.stripe_dispute_id), as_of=as_of).status
        != dispute.status
    )
