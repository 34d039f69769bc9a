"""A payment's PaymentIntent: open it once, look at it, cancel it.

None of these functions may be called inside a transaction. Whatever Stripe answers goes through `settle`.
"""

import logging

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from . import attention, gateway, signals
from .models import Payment
from .settlement import settle
from .stripe_objects import Intent

logger = logging.getLogger(__name__)


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
    return _recorded(payment, _unrecorded(payment) or _created(payment))


def refresh(payment: Payment) -> Payment:
    """Ask Stripe how the payment stands and settle it. Raises gateway.StripeUnavailable, gateway.StripeRefused."""
    payment.refresh_from_db()
    if payment.stripe_payment_id:
        _looked_at(payment)
        payment.refresh_from_db()
    return payment


def find_lost(payment: Payment) -> bool:
    """Look for an intent that was perhaps opened without our learning of it; True if there is one.

    If there is none, the payment counts as not opened. Call it when no call that opens one can still be under way.
    Raises gateway.StripeUnavailable, gateway.StripeRefused.
    """
    as_of = timezone.now()
    if intent := gateway.find_intent(payment):
        settle(intent, as_of=as_of)
        return True
    unopened = _same_attempt(payment).filter(opened_at=payment.opened_at)
    unopened.update(attempt=F("attempt") + 1, opened_at=None, open_failed_at=None)
    return False


def cancel(payment: Payment) -> Payment:
    """End a payment that nobody shall make any more; the answer tells how it stands then.

    Stripe is asked first. If the money has come meanwhile, or is on its way, the payment is not canceled.
    Raises gateway.StripeUnavailable, gateway.StripeRefused; nothing has changed then.
    """
    if not _canceled_unopened(payment):
        try:
            _cancel_at_stripe(payment)
        except NotPayable:
            logger.info("Payment %s of order %s was over already", payment.pk, payment.order_id)
    payment.refresh_from_db()
    return payment


def give_up(payment: Payment) -> bool:
    """End a payment that can never be settled by what Stripe says, because a person decided so. False: it was over.

    The caller has seen to it that the shop keeps no money of it.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
        if not payment.is_open:
            return False
        payment.status, payment.canceled_at = Payment.Status.CANCELED, timezone.now()
        payment.save(update_fields=["status", "canceled_at"])
        logger.warning("Payment %s of order %s was given up", payment.pk, payment.order_id)
        signals.payment_canceled.send(sender=Payment, payment=payment)
    return True


def _cancel_at_stripe(payment: Payment) -> None:
    as_of = timezone.now()
    try:
        intent = ensure(payment)
    except gateway.StripeRefused:
        if _canceled_unopened(payment):
            return
        raise
    if intent.status not in ("succeeded", "canceled"):
        as_of = timezone.now()
        intent = gateway.cancel_intent(intent.id)
    settle(intent, as_of=as_of)


def _looked_at(payment: Payment) -> Intent:
    as_of = timezone.now()
    try:
        intent = gateway.retrieve_intent(payment.stripe_payment_id or "")
    except gateway.StripeRefused as refusal:
        _note_missing(payment, refusal)
        raise
    settle(intent, as_of=as_of)
    return intent


def _note_missing(payment: Payment, refusal: gateway.StripeRefused) -> None:
    """Stripe forgets no intent: this one belongs to another account, or its test data was deleted."""
    if refusal.code == "resource_missing":
        subject = payment.stripe_payment_id or ""
        what = f"Stripe does not know {subject}: is the secret key of another account?"
        attention.call(attention.Reason.UNKNOWN_INTENT, subject, what, payment=payment)


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
    if payment.open_failed_at is None and timezone.now() - opened_at < gateway.KEY_LIFETIME:
        return None
    if intent := gateway.find_intent(payment):
        return intent
    _same_attempt(payment).update(attempt=F("attempt") + 1, opened_at=timezone.now(), open_failed_at=None)
    payment.refresh_from_db()
    return None


def _created(payment: Payment) -> Intent:
    try:
        intent = gateway.create_intent(payment)
    except gateway.StripeFailed:
        _same_attempt(payment).update(open_failed_at=timezone.now())
        raise
    except gateway.StripeRefused:  # so there is none: an intent that this key had opened would have come back
        _same_attempt(payment).update(opened_at=None)
        raise
    logger.info("Intent %s opened for payment %s of order %s", intent.id, payment.pk, payment.order_id)
    return intent


def _same_attempt(payment: Payment) -> QuerySet[Payment]:
    """The payment's row, as long as nobody has gone on to another key meanwhile."""
    return Payment.objects.filter(pk=payment.pk, attempt=payment.attempt, stripe_payment_id=None)


def _recorded(payment: Payment, intent: Intent) -> Intent:
    """Write down the payment's intent. Whoever opened a second one meanwhile gets the first."""
    unrecorded = Payment.objects.open().filter(pk=payment.pk, stripe_payment_id=None)
    unrecorded.update(stripe_payment_id=intent.id)
    payment.refresh_from_db()
    if payment.stripe_payment_id == intent.id:
        return intent
    logger.warning("Intent %s of payment %s is one too many: canceling it", intent.id, payment.pk)
    gateway.cancel_intent(intent.id)
    if payment.stripe_payment_id is None:
        raise NotPayable(f"{payment} was canceled meanwhile")
    return _looked_at(payment)


def _canceled_unopened(payment: Payment) -> bool:
    """Cancel a payment that Stripe has no intent for, with no call. False: it must be asked."""
    with transaction.atomic():
        now = timezone.now()
        untouched = Payment.objects.open().filter(pk=payment.pk, opened_at=None, stripe_payment_id=None)
        if not untouched.update(status=Payment.Status.CANCELED, canceled_at=now):
            return False
        payment.refresh_from_db()
        logger.info("Payment %s of order %s canceled, it has no intent", payment.pk, payment.order_id)
        signals.payment_canceled.send(sender=Payment, payment=payment)
        return True
