"""Money for no order: found by Stripe's lists, matched if it can be, else sent back and shown to a person."""

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from . import attention, gateway
from .models import Cursor, Installation, OrphanCharge, Payment, Refund
from .money import from_minor, written
from .refunds import failure_in_words
from .settlement import UnknownPayment, settle
from .stripe_objects import Intent, RefundNews

logger = logging.getLogger(__name__)

PATIENCE = timedelta(hours=1)
"""How long a payment is looked for before the money goes back."""

MOST_AUTOMATIC = 3
"""Refunds sent within a day without anybody being asked. More orphans at once mean that the database is not the one
that took the orders: a backup was restored, say. Then a person decides."""

SWEEPS = {
    Cursor.Name.CHARGES: (timedelta(hours=1), timedelta(days=2)),
    Cursor.Name.ALL_CHARGES: (timedelta(days=1), timedelta(days=30)),
}
"""How often Stripe's list of PaymentIntents is read, and how far back."""


def sweep() -> int:
    """Compare the money that came to Stripe with our payments. Returns how many moved, or were not found."""
    return sum(_sweep(name) for name in SWEEPS if _is_due(name))


def _is_due(name: Cursor.Name) -> bool:
    cursor = Cursor.find(name)
    return cursor is None or cursor.looked_at <= timezone.now() - SWEEPS[name][0]


def _sweep(name: Cursor.Name) -> int:
    now, ours = timezone.now(), Installation.ours()
    found = 0
    for intent in gateway.list_intents(since=now - SWEEPS[name][1]):
        try:
            if intent.metadata.get("shop") == ours:
                found += _look_at(intent)
        except Exception:  # whatever it is, it must not keep the others from being looked at
            logger.exception("Intent %s could not be looked at, the next sweep tries again", intent.id)
    Cursor.move(name, seen_until=now)
    return found


def is_ours(intent: Intent) -> bool:
    """Opened by this shop, not by another one with the same Stripe account."""
    return intent.metadata.get("shop") == Installation.ours()


def _look_at(intent: Intent) -> bool:
    if intent.status != "succeeded" or _is_accounted_for(intent):
        return False
    try:
        settle(intent, as_of=timezone.now())
    except UnknownPayment:
        return note(intent)
    return _is_accounted_for(intent)


def _is_accounted_for(intent: Intent) -> bool:
    paid = Payment.objects.filter(stripe_payment_id=intent.id, status__in=Payment.PAID)
    return paid.exists() or Refund.objects.filter(intent_id=intent.id).exists()


def note(intent: Intent) -> bool:
    """Remember money without a payment. False: known already."""
    _, is_new = OrphanCharge.objects.get_or_create(
        intent_id=intent.id,
        defaults={
            "order_number": intent.metadata.get("order_number", "")[:40],
            "amount": from_minor(intent.amount_received, intent.currency),
            "currency": intent.currency,
        },
    )
    if is_new:
        logger.warning("Intent %s was paid, but no payment of ours is known for it", intent.id)
    return is_new


def look_again() -> int:
    """Match the orphans found so far, or send their money back once patience is over. Returns how many ended."""
    ended = 0
    for orphan in OrphanCharge.objects.filter(status=OrphanCharge.Status.FOUND).order_by("found_at"):
        try:
            ended += _match(orphan) or _give_back(orphan)
        except Exception as error:  # whatever it is, it must not keep the others from being looked at
            logger.exception("Orphan charge %s could not be looked at, it will be retried", orphan.pk)
            if gateway.is_silence(error):
                break
    return ended


def _match(orphan: OrphanCharge) -> bool:
    try:
        settle(gateway.retrieve_intent(orphan.intent_id), as_of=timezone.now())
    except UnknownPayment:
        return False
    except gateway.StripeRefused as refusal:
        return _leave(orphan, f"Stripe does not show it: {refusal.code or 'no code'}")
    attention.settle(attention.Reason.ORPHAN_CHARGE, orphan.pk, "Its payment was found")
    return _move(orphan, OrphanCharge.Status.MATCHED)


def _give_back(orphan: OrphanCharge) -> bool:
    if orphan.found_at > timezone.now() - PATIENCE:
        return False
    _call_attention(
        orphan, f"{written(orphan.amount, orphan.currency)} for order {orphan.order_number or '?'}"
    )
    today = Q(refunded_at__gt=timezone.now() - timedelta(days=1))
    if OrphanCharge.objects.filter(today).count() >= MOST_AUTOMATIC:
        logger.error("Orphan charge %s is left to a person: there are too many", orphan.pk)
        return _move(orphan, OrphanCharge.Status.LEFT)
    try:
        news = gateway.refund_orphan(orphan.intent_id)
    except gateway.StripeRefused as refusal:
        if refusal.code == "charge_already_refunded":  # in parts, from the dashboard
            return _refunded(orphan)
        return _leave(orphan, f"Stripe refused to refund it: {refusal.code or 'no code'}")
    OrphanCharge.objects.filter(pk=orphan.pk).update(refunded_at=timezone.now())
    follow(news)
    return True


def send_back(intent: Intent) -> RefundNews | None:
    """Send back all that came by an intent, because a person says so: it is none of the automatic ones.

    None: all of it had gone back before. However often this is called, one refund is made; after one that has
    failed, one more.
    Raises gateway.StripeUnavailable, gateway.StripeRefused.
    """
    note(intent)
    orphan = OrphanCharge.objects.get(pk=intent.id)
    failed = orphan.stripe_refund_id if orphan.status == OrphanCharge.Status.LEFT else ""
    try:
        news = gateway.refund_orphan(intent.id, after=failed)
    except gateway.StripeRefused as refusal:
        if refusal.code != "charge_already_refunded":
            raise
        _refunded(orphan)
        return None
    follow(news)
    return news


def follow(news: RefundNews) -> bool:
    """Bring an orphan to where its refund is at Stripe. False: the refund is not of an orphan."""
    orphan = OrphanCharge.objects.filter(intent_id=news.payment_intent).first()
    if orphan is None:
        return False
    if orphan.status == OrphanCharge.Status.LEFT and orphan.stripe_refund_id == news.id:
        return True  # it has failed: this is older news
    if "orphan" not in news.metadata and from_minor(news.amount, news.currency) < orphan.amount:
        return (
            True  # a part, sent from the dashboard by the person who looks at it; ours are all that is left
        )
    OrphanCharge.objects.filter(pk=orphan.pk).update(stripe_refund_id=news.id)
    match news.status:
        case "succeeded":
            _refunded(orphan)
        case "failed" | "canceled":
            _leave(orphan, failure_in_words(news, orphan.amount))
        case _ if orphan.status in (OrphanCharge.Status.FOUND, OrphanCharge.Status.LEFT):
            _move(orphan, OrphanCharge.Status.REFUNDING)
    return True


def _refunded(orphan: OrphanCharge) -> bool:
    attention.settle(attention.Reason.ORPHAN_CHARGE, orphan.pk, "Refunded in full")
    return _move(orphan, OrphanCharge.Status.REFUNDED)


def _leave(orphan: OrphanCharge, why: str) -> bool:
    _call_attention(orphan, why)
    return _move(orphan, OrphanCharge.Status.LEFT)


def _move(orphan: OrphanCharge, status: OrphanCharge.Status) -> bool:
    return bool(OrphanCharge.objects.filter(pk=orphan.pk).exclude(status=status).update(status=status))


def _call_attention(orphan: OrphanCharge, what: str) -> None:
    attention.call(attention.Reason.ORPHAN_CHARGE, orphan.pk, what)
