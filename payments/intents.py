"""A payment's PaymentIntent: open it once, look at it, cancel it.

None of these functions may be called inside a transaction. Whatever Stripe answers goes through `settle`.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from . import gateway, signals
from .models import Payment
from .settlement import settle
from .stripe_objects import Intent

logger = logging.getLogger(__name__)

KEY_LIFETIME = timedelta(hours=23)
"""Stripe remembers an idempotency key for at least 24 hours."""


class NotPayable(Exception):
    """The payment is over: paid, or canceled."""


def ensure(payment: Payment) -> Intent:
    """The payment's intent with its client secret, opened now if there is none yet.

    However many calls run at once or fail half-way, the shopper gets to see one intent for a payment.
    Raises NotPayable, gateway.StripeUnavailable, gateway.StripeRefused.
    """
    payment.refresh_from_db()
    if payment.stripe_payment_id:
        return _looked_at(payment)
    _mark_as_opened(payment)
    intent = _unrecorded(payment) or _created(payment)
    _record(payment, intent)
    return intent


def refresh(payment: Payment) -> Payment:
    """Ask Stripe how the payment stands and settle it. Raises gateway.StripeUnavailable, gateway.StripeRefused."""
    if payment.stripe_payment_id:
        _looked_at(payment)
        payment.refresh_from_db()
    return payment


def cancel(payment: Payment) -> Payment:
    """End a payment that nobody shall make any more; the answer tells how it stands then.

    Stripe is asked first. If the money has come meanwhile, or is on its way, the payment is not canceled.
    Raises gateway.StripeUnavailable, gateway.StripeRefused; nothing has changed then.
    """
    if not _canceled_unopened(payment):
        as_of = timezone.now()
        try:
            intent = ensure(payment)
        except NotPayable:
            return payment
        if intent.status not in ("succeeded", "canceled"):
            as_of = timezone.now()
            intent = gateway.cancel_intent(intent.id)
        settle(intent, as_of=as_of)
    payment.refresh_from_db()
    return payment


def _looked_at(payment: Payment) -> Intent:
    as_of = timezone.now()
    intent = gateway.retrieve_intent(payment.stripe_payment_id or "")
    settle(intent, as_of=as_of)
    return intent


def _mark_as_opened(payment: Payment) -> None:
    """From here on Stripe may know of the payment: it cannot be canceled without asking there any more."""
    now = timezone.now()
    open_payments = Payment.objects.open().filter(pk=payment.pk)
    if not open_payments.exists():
        raise NotPayable(f"{payment} is {payment.status}")
    if open_payments.filter(opened_at=None).update(opened_at=now) == 0 and not open_payments.exists():
        raise NotPayable(f"{payment} was canceled meanwhile")
    payment.refresh_from_db()


def _unrecorded(payment: Payment) -> Intent | None:
    """An intent that an earlier call opened without learning of it.

    As long as the key is fresh, asking again with it is enough. When Stripe answered 5xx it would only repeat that
    answer, and an old key may be forgotten: then the intent is looked for, and a new key is used if there is none.
    """
    opened_at = payment.opened_at or timezone.now()
    if payment.open_failed_at is None and timezone.now() - opened_at < KEY_LIFETIME:
        return None
    if intent := gateway.find_intent(payment):
        return intent
    attempt = Payment.objects.filter(pk=payment.pk, attempt=payment.attempt)
    attempt.update(attempt=F("attempt") + 1, open_failed_at=None)
    payment.refresh_from_db()
    return None


def _created(payment: Payment) -> Intent:
    try:
        intent = gateway.create_intent(payment)
    except gateway.StripeFailed:
        Payment.objects.filter(pk=payment.pk).update(open_failed_at=timezone.now())
        raise
    logger.info("Intent %s opened for payment %s of order %s", intent.id, payment.pk, payment.order_id)
    return intent


def _record(payment: Payment, intent: Intent) -> None:
    Payment.objects.filter(pk=payment.pk, stripe_payment_id=None).update(stripe_payment_id=intent.id)
    payment.refresh_from_db()


def _canceled_unopened(payment: Payment) -> bool:
    """Cancel a payment that Stripe never heard of, with no call. False: it must be asked."""
    with transaction.atomic():
        now = timezone.now()
        untouched = Payment.objects.open().filter(pk=payment.pk, opened_at=None, stripe_payment_id=None)
        if not untouched.update(status=Payment.Status.CANCELED, canceled_at=now):
            return False
        payment.refresh_from_db()
        logger.info("Payment %s of order %s canceled before it was opened", payment.pk, payment.order_id)
        signals.payment_canceled.send(sender=Payment, payment=payment)
        return True
