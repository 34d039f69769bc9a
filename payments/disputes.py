"""Disputes: recorded as Stripe tells of them. A dispute does not change the order by itself; a person answers it."""

from datetime import datetime

from django.db import transaction

from . import attention, signals
from .models import Dispute, Payment
from .money import from_minor, written
from .stripe_objects import DisputeNews

CLOSED = frozenset({"won", "lost", "warning_closed", "prevented"})
"""A dispute that has ended does not open again."""

KEPT = CLOSED - {"lost"}
"""Ended so that the money stays with the shop."""


class UnknownDispute(Exception):
    """A dispute of an intent that is not ours."""


def follow(news: DisputeNews, *, as_of: datetime) -> Dispute:
    """Record how a dispute stood at `as_of`; older news changes nothing. Raises UnknownDispute."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).that_took(news.payment_intent).first()
        if payment is None:
            raise UnknownDispute(f"{news.id} disputes {news.payment_intent}, which is not ours")
        dispute = Dispute.objects.filter(stripe_dispute_id=news.id).first()
        if dispute is not None and _is_older(dispute, news, as_of):
            return dispute
        return _record(payment, dispute, news, as_of)


def _is_older(known: Dispute, news: DisputeNews, as_of: datetime) -> bool:
    """Stripe's times are whole seconds: within one, what has closed stays closed."""
    return as_of < known.news_at or (known.status in CLOSED and news.status not in CLOSED)


def _record(payment: Payment, known: Dispute | None, news: DisputeNews, as_of: datetime) -> Dispute:
    dispute = known or Dispute(payment=payment, stripe_dispute_id=news.id)
    status_was = dispute.status
    dispute.status = news.status
    dispute.reason = news.reason
    dispute.amount = from_minor(news.amount, news.currency)
    dispute.currency = news.currency
    dispute.evidence_due_at = news.evidence_due_at
    dispute.news_at = as_of
    dispute.save()
    if dispute.status != status_was:
        _call_attention(dispute)
        signals.payment_disputed.send(sender=Payment, payment=payment, dispute=dispute)
    return dispute


def _call_attention(dispute: Dispute) -> None:
    """A dispute needs a person until the shop has its money for good."""
    amount = written(dispute.amount, dispute.currency)
    what = f"Dispute of {amount}: {dispute.status.replace('_', ' ')}"
    if dispute.status in KEPT:
        attention.settle(attention.Reason.DISPUTE, dispute.stripe_dispute_id, what)
    else:
        attention.call(attention.Reason.DISPUTE, dispute.stripe_dispute_id, what, payment=dispute.payment)
