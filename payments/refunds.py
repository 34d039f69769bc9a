"""Money back: asked for in a row, sent to Stripe by the worker, followed until it has arrived or failed."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from . import attention, gateway, signals
from .models import Payment, Refund
from .money import from_minor, written
from .stripe_objects import RefundNews

logger = logging.getLogger(__name__)

STATUS = {
    "pending": Refund.Status.PENDING,
    "requires_action": Refund.Status.PENDING,
    "succeeded": Refund.Status.SUCCEEDED,
    "failed": Refund.Status.FAILED,
    "canceled": Refund.Status.CANCELED,
}
ENDED = (Refund.Status.FAILED, Refund.Status.CANCELED)
FORWARD = [Refund.Status.REQUESTED, Refund.Status.PENDING, Refund.Status.SUCCEEDED, *ENDED]
"""A refund only moves to the right: even one that succeeded may still fail, days later."""

GRACE = timedelta(minutes=1)
"""How long a sweep leaves to the worker what the worker does at once."""

ALL_WENT_BACK = "Refunded in full after all"


class MoreThanLeft(ValueError):
    """A refund of more than what is left of the payment, or of nothing."""


class UnknownRefund(Exception):
    """A refund of an intent that is not ours."""


def request(
    payment: Payment,
    amount: Decimal,
    *,
    reason: Refund.Reason,
    intent_id: str = "",
    requested_by: AbstractBaseUser | None = None,
    key: UUID | None = None,
) -> Refund:
    """Note a refund; the worker sends it to Stripe once this transaction has ended.

    `amount` is in the payment's currency. `intent_id` names the intent that the money came by, where it is not the
    payment's own. Raises MoreThanLeft. Unwanted money (late, double) is asked back once, however often this is called;
    so is what is asked for with the same key.
    """
    from .tasks import submit_refund

    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
        intent_id = intent_id or payment.stripe_payment_id or ""
        known = Refund.objects.filter(intent_id=intent_id, reason=reason).first()
        if known and reason in (Refund.Reason.LATE_PAYMENT, Refund.Reason.DOUBLE_PAYMENT):
            return known
        if key and (asked := Refund.objects.filter(request_key=key).first()):
            return asked
        if not 0 < amount <= left_to_refund(payment, intent_id):
            raise MoreThanLeft(f"{amount} is not within what is left of {intent_id}")
        refund = Refund.objects.create(
            payment=payment,
            intent_id=intent_id,
            amount=amount,
            currency=payment.currency,
            reason=reason,
            requested_by_id=requested_by.pk if requested_by else None,
            request_key=key,
        )
        logger.info(
            "Refund %s of %s %s requested for order %s", refund.pk, amount, refund.currency, payment.order_id
        )
        submit_refund.enqueue(refund_id=str(refund.pk))
    return refund


def request_rest(
    payment: Payment,
    *,
    reason: Refund.Reason,
    intent_id: str = "",
    requested_by: AbstractBaseUser | None = None,
    key: UUID | None = None,
) -> Refund | None:
    """Like `request`, for what is left: less than was paid, where somebody has refunded in Stripe's dashboard.

    None where nothing is left. The caller holds the payment's lock: without it, somebody who asks at the same moment
    makes this raise MoreThanLeft.
    """
    left = left_to_refund(payment, intent_id)
    if left <= 0:
        return None
    return request(payment, left, reason=reason, intent_id=intent_id, requested_by=requested_by, key=key)


def left_to_refund(payment: Payment, intent_id: str = "") -> Decimal:
    """What can still be given back of the money that came by an intent: by the payment's own, or by the one named.

    Less than nothing while the news that one of several refunds has failed is still on its way.
    """
    own = payment.stripe_payment_id or ""
    if (intent_id or own) == own and not payment.is_paid:
        return Decimal(0)
    standing = payment.refunds.filter(intent_id=intent_id or own).standing()
    return payment.amount - (standing.aggregate(total=Sum("amount"))["total"] or Decimal(0))


def has_all(payment: Payment | None) -> bool:
    """Whether the whole of a payment came and none of it went, or goes, back."""
    if payment is None or not payment.is_paid:
        return False
    return left_to_refund(payment) == payment.amount


def submit(refund: Refund) -> None:
    """Send a refund to Stripe; a refusal is noted on it. Raises gateway.StripeUnavailable: to be tried again."""
    try:
        news = _sent_before(refund) or gateway.create_refund(refund)
    except gateway.StripeFailed:
        Refund.objects.filter(pk=refund.pk, attempt=refund.attempt).update(attempt=F("attempt") + 1)
        raise
    except gateway.StripeRefused as refusal:
        _refused(refund, refusal)
        return
    follow(news)


def _sent_before(refund: Refund) -> RefundNews | None:
    """A refund that Stripe made without our learning of it.

    As long as the first key is fresh, asking again with it is enough. With another key Stripe would pay twice.
    """
    if refund.attempt == 1 and timezone.now() - refund.created_at < gateway.KEY_LIFETIME:
        return None
    return gateway.find_refund(refund)


def submit_due() -> int:
    """Send the refunds that the worker did not get through with. Returns how many reached Stripe.

    When Stripe does not answer at all, the rest waits for the next sweep.
    """
    sent = 0
    for refund in Refund.objects.to_submit().filter(created_at__lte=timezone.now() - GRACE):
        try:
            submit(refund)
            sent += 1
        except Exception as error:  # whatever it is, it must not keep the others from being sent
            logger.exception("Refund %s could not be sent, it will be retried", refund.pk)
            if gateway.is_silence(error):
                break
    return sent


def follow(news: RefundNews) -> Refund:
    """Bring our row to where the refund is at Stripe; refunds made in Stripe's dashboard get a row of their own.

    Raises UnknownRefund.
    """
    with transaction.atomic():
        payment = _payment_of(news)
        refund = _row_of(news, payment)
        _move(refund, news)
    return refund


def _payment_of(news: RefundNews) -> Payment:
    payment = Payment.objects.select_for_update(of=("self",)).that_took(news.payment_intent).first()
    if payment is None:
        raise UnknownRefund(f"{news.id} refunds {news.payment_intent}, which is not ours")
    return payment


def _row_of(news: RefundNews, payment: Payment) -> Refund:
    """The refund's row: by Stripe's id, else by ours in the metadata, else a new one."""
    known = payment.refunds.filter(stripe_refund_id=news.id).first()
    if known is None and (own_id := news.metadata.get("refund_id")):
        known = next((r for r in payment.refunds.filter(stripe_refund_id=None) if str(r.pk) == own_id), None)
    return known or Refund(
        payment=payment,
        intent_id=news.payment_intent,
        amount=from_minor(news.amount, news.currency),
        currency=news.currency,
        reason=Refund.Reason.DASHBOARD,
    )


def _move(refund: Refund, news: RefundNews) -> None:
    status = STATUS.get(news.status, Refund.Status.PENDING)
    if refund.stripe_refund_id and (refund.status in ENDED or _is_behind(status, refund.status)):
        return  # told before, or older news
    refund.stripe_refund_id = news.id
    refund.status = status
    refund.failure_reason = news.failure_reason
    refund.save()
    logger.info("Refund %s of order %s is %s", refund.pk, refund.payment.order_id, status)
    count(refund.payment)
    if status in ENDED:
        _call_attention(refund, failure_in_words(news, refund.amount))
    look_at_cases(refund.payment, refund.intent_id)
    if status != Refund.Status.PENDING:
        signals.payment_refunded.send(sender=Payment, payment=refund.payment, refund=refund)


def _is_behind(status: Refund.Status, known: str) -> bool:
    return FORWARD.index(status) <= FORWARD.index(Refund.Status(known))


def count(payment: Payment) -> None:
    """Add up what has gone back of the money that paid for the order. The payment's row must be locked."""
    if not payment.is_paid:
        return
    gone = payment.refunds.filter(
        intent_id=payment.stripe_payment_id, status__in=(Refund.Status.PENDING, Refund.Status.SUCCEEDED)
    )
    total = gone.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    # More only while one of them has failed and the news of that is still on its way.
    payment.amount_refunded = min(total, payment.amount)
    payment.status = _status_after_refunds(payment)
    payment.save(update_fields=["amount_refunded", "status"])


def _status_after_refunds(payment: Payment) -> Payment.Status:
    if payment.amount_refunded == payment.amount:
        return Payment.Status.REFUNDED
    return Payment.Status.PARTIALLY_REFUNDED if payment.amount_refunded else Payment.Status.COMPLETED


def _refused(refund: Refund, refusal: gateway.StripeRefused) -> None:
    with transaction.atomic():
        Payment.objects.select_for_update(of=("self",)).get(pk=refund.payment_id)
        waiting = Refund.objects.filter(pk=refund.pk, status=Refund.Status.REQUESTED)
        if waiting.update(status=Refund.Status.FAILED, failure_reason=refusal.code or "refused"):
            refund.refresh_from_db()
            why = (refusal.code or "no reason given").replace("_", " ")
            _call_attention(
                refund,
                f"Refund of {written(refund.amount, refund.currency)} refused by Stripe: {why}",
            )
            look_at_cases(refund.payment, refund.intent_id)
            signals.payment_refunded.send(sender=Payment, payment=refund.payment, refund=refund)


def failure_in_words(news: RefundNews, amount: Decimal) -> str:
    """Of a refund that failed or was canceled, for staff; `amount` is what was asked back."""
    why = (news.failure_reason or "no reason given").replace("_", " ")
    return f"Refund of {written(amount, news.currency)} {news.status}: {why} ({news.id})"


def _call_attention(refund: Refund, what: str) -> None:
    attention.call(attention.Reason.REFUND_FAILED, str(refund.pk), what, payment=refund.payment)


def look_at_cases(payment: Payment, intent_id: str) -> None:
    """Refunds that failed need nobody while others have given back all of the money that came by their intent.

    Of money that did not come as agreed it is not known how much is owed: its cases are left to a person.
    """
    of_intent = payment.refunds.filter(intent_id=intent_id)
    failed = of_intent.filter(status__in=ENDED)
    if not failed or not _came_as_agreed(payment, intent_id):
        return
    gone = of_intent.filter(status=Refund.Status.SUCCEEDED).aggregate(total=Sum("amount"))["total"]
    if gone and gone >= payment.amount:
        close_cases(failed, ALL_WENT_BACK)
    else:
        for each in failed:
            attention.call_again(attention.Reason.REFUND_FAILED, str(each.pk), after=ALL_WENT_BACK)


def _came_as_agreed(payment: Payment, intent_id: str) -> bool:
    if intent_id == payment.stripe_payment_id:
        return payment.is_paid
    return payment.refunds.filter(intent_id=intent_id, reason=Refund.Reason.DOUBLE_PAYMENT).exists()


def close_cases(refunds: Iterable[Refund], why: str) -> None:
    """Of those that failed: they need nobody any more."""
    for refund in refunds:
        attention.settle(attention.Reason.REFUND_FAILED, str(refund.pk), why)
