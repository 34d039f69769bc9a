"""The one function that moves a payment.

Webhook, return page, API, expiry and cancel all bring what Stripe says to `settle`. It may be called any number of
times, at once and in any order, with old news and new: a payment only ever moves forward.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from . import attention, declines, refunds, signals
from .models import Payment, Refund, StripeEvent
from .money import from_minor, written
from .stripe_objects import Decline, Intent

logger = logging.getLogger(__name__)


class UnknownPayment(Exception):
    """An intent that no payment of ours was opened for."""


def settle(intent: Intent, *, as_of: datetime) -> Payment:
    """Bring the payment to where the intent is.

    `as_of` is the moment at which the intent stood like this: when the event happened, or when we asked. The payment's
    row stays locked until the surrounding transaction ends, and signals are sent inside it.
    Raises UnknownPayment; nothing has changed then.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).of_intent(intent).first()
        if payment is None:
            raise UnknownPayment(f"no payment for {intent.id}")
        if _is_another_intent(payment, intent):
            _settle_other(payment, intent)
        else:
            _adopt(payment, intent)
            _move(payment, intent, as_of)
    return payment


def _is_another_intent(payment: Payment, intent: Intent) -> bool:
    """A second intent for the same order: it can only exist when Stripe executed a call that it answered with 5xx."""
    return payment.stripe_payment_id is not None and payment.stripe_payment_id != intent.id


def _settle_other(payment: Payment, intent: Intent) -> None:
    if intent.status != "succeeded" or not _is_as_agreed(payment, intent):
        return
    if payment.is_paid:
        logger.error("Order %s was paid a second time, by intent %s: refunding", payment.order_id, intent.id)
        refunds.request_rest(payment, reason=Refund.Reason.DOUBLE_PAYMENT, intent_id=intent.id)
        _hear_again(intent)
        return
    logger.warning(
        "Payment %s is made by intent %s, not %s", payment.pk, intent.id, payment.stripe_payment_id
    )
    payment.stripe_payment_id = intent.id
    _hear_again(intent)
    _succeed(payment)


def _adopt(payment: Payment, intent: Intent) -> None:
    """Write down the intent of a payment whose opening call died before it could."""
    if payment.stripe_payment_id is None:
        payment.stripe_payment_id = intent.id
        payment.opened_at = payment.opened_at or timezone.now()
        payment.save(update_fields=["stripe_payment_id", "opened_at"])
        _hear_again(intent)


def _hear_again(intent: Intent) -> None:
    """News of refunds and disputes of this intent may have come before anybody knew whose it is: the next sweep applies
    them now."""
    told = (
        Q(type__startswith="refund.")
        | Q(type__startswith="charge.dispute.")
        | Q(type="charge.refund.updated")
    )
    ignored = StripeEvent.objects.filter(told, about=intent.id, processed_at__isnull=False)
    ignored.update(processed_at=None, retry_at=timezone.now())


def _move(payment: Payment, intent: Intent, as_of: datetime) -> None:
    if intent.status == "succeeded":
        if not payment.is_paid and _is_as_agreed(payment, intent):
            _succeed(payment)
    elif payment.is_open and intent.status == "canceled":
        _cancel(payment)
    elif payment.is_open and not payment.is_older_news(as_of):
        _note(payment, intent)
    if not payment.is_older_news(as_of):
        payment.news_at = as_of
        payment.save(update_fields=["news_at"])


def _note(payment: Payment, intent: Intent) -> None:
    """News of a payment that is still open."""
    if intent.status == "processing":
        payment.status = Payment.Status.PROCESSING
        payment.save(update_fields=["status"])
    elif intent.status == "requires_payment_method" and intent.decline:
        _fail(payment, intent.decline)


def _succeed(payment: Payment) -> None:
    payment.status = Payment.Status.COMPLETED
    payment.completed_at = timezone.now()
    payment.failure_code = payment.failure_message = payment.failure_ref = ""
    payment.save()
    logger.info("Payment %s of order %s succeeded", payment.pk, payment.order_id)
    signals.payment_succeeded.send(sender=Payment, payment=payment)
    _count_earlier_refunds(payment)


def _count_earlier_refunds(payment: Payment) -> None:
    """News of a refund made in Stripe's dashboard may come before the news of the payment."""
    if payment.refunds.exists():
        refunds.count(payment)
        refunds.look_at_cases(payment, payment.stripe_payment_id or "")
    if payment.amount_refunded:
        back = written(payment.amount_refunded, payment.currency)
        what = f"{back} went back before the order was confirmed"
        subject = payment.stripe_payment_id or str(payment.pk)
        attention.call(attention.Reason.REFUNDED_FIRST, subject, what, payment=payment)


def _fail(payment: Payment, decline: Decline) -> None:
    code = decline.decline_code or decline.code
    told = (payment.failure_ref, payment.failure_code)
    if payment.status == Payment.Status.FAILED and told == (decline.ref, code):
        return
    payment.status = Payment.Status.FAILED
    payment.failure_code = code
    payment.failure_message = declines.explain(decline.code, decline.decline_code)
    payment.failure_ref = decline.ref
    payment.save()
    logger.info("Payment %s of order %s failed: %s", payment.pk, payment.order_id, payment.failure_code)
    signals.payment_failed.send(sender=Payment, payment=payment)


def _cancel(payment: Payment) -> None:
    payment.status = Payment.Status.CANCELED
    payment.canceled_at = timezone.now()
    payment.save()
    logger.info("Payment %s of order %s was canceled", payment.pk, payment.order_id)
    signals.payment_canceled.send(sender=Payment, payment=payment)


def _is_as_agreed(payment: Payment, intent: Intent) -> bool:
    """Whether the money that came is the money that was asked for. If not, a person must look; nothing is confirmed."""
    agreed = {
        "amount": (from_minor(intent.amount_received, intent.currency), payment.amount),
        "currency": (intent.currency, payment.currency),
        "livemode": (intent.livemode, settings.STRIPE_LIVE_MODE),
        "payment_id": (intent.metadata.get("payment_id"), str(payment.pk)),
        "order_id": (intent.metadata.get("order_id"), str(payment.order_id)),
    }
    wrong = [f"{name} is {came}, not {asked}" for name, (came, asked) in agreed.items() if came != asked]
    if not wrong:
        return True
    what = "Paid, but " + "; ".join(wrong)
    attention.call(attention.Reason.MISMATCH, intent.id, what, payment=payment)
    return False
