"""Calls people: for what no rule settles there is one open row, an ERROR line in the log, and a metric."""

import logging
from collections.abc import Mapping

from django.utils import timezone

from .models import Attention, Payment

logger = logging.getLogger(__name__)

Reason = Attention.Reason


def call(reason: Reason, subject: str, detail: str, *, payment: Payment | None = None) -> bool:
    """Open a case, or bring the open one up to date; said once, however often it is found. False: it was said before.

    A case that a person has settled stays so until there is something new to say about it.
    """
    detail = detail[:250]
    known = _last(reason, subject)
    if known and known.detail == detail and (known.settled_at is None or known.settled_by_id):
        return False
    if known is None or known.settled_at:
        row = {"detail": detail, "payment": payment}
        _, is_new = Attention.objects.open().get_or_create(reason=reason, subject=subject, defaults=row)
        if not is_new:  # somebody else saw it in the same moment
            return False
    else:
        Attention.objects.filter(pk=known.pk).update(detail=detail)
    logger.error("%s needs attention: %s: %s", subject, reason.label, detail)
    return True


def settle(reason: Reason, subject: str, settlement: str) -> bool:
    """Close a case that has settled itself. False: there was none."""
    cases = Attention.objects.open().filter(reason=reason, subject=subject)
    settled = cases.update(settled_at=timezone.now(), settlement=settlement[:250])
    if settled:
        logger.info("%s no longer needs attention: %s: %s", subject, reason.label, settlement)
    return bool(settled)


def call_again(reason: Reason, subject: str, *, after: str) -> bool:
    """Open anew what had settled itself with these words, since they are no longer true. False: it had not."""
    last = _last(reason, subject)
    if last is None or last.settled_by_id or last.settlement != after:
        return False
    return call(reason, subject, last.detail, payment=last.payment)


def call_stuck(stuck: Mapping[Payment, str]) -> int:
    """These payments do not move, and no others: open their cases, close those of payments that have moved on.

    Returns for how many there was something new to say.
    """
    known = set(
        Attention.objects.open().filter(reason=Reason.STUCK_PAYMENT).values_list("subject", flat=True)
    )
    now_stuck = {str(payment.pk): payment for payment in stuck}
    changed = 0
    for subject, payment in now_stuck.items():
        changed += call(Reason.STUCK_PAYMENT, subject, stuck[payment], payment=payment)
    for subject in known - set(now_stuck):
        changed += settle(Reason.STUCK_PAYMENT, subject, "The payment moved on")
    return changed


def _last(reason: Reason, subject: str) -> Attention | None:
    """The case of today, or the one that was settled last."""
    return Attention.objects.filter(reason=reason, subject=subject).order_by("pk").last()
