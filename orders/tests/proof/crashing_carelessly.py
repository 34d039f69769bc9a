"""The same shop with a guard off: what the crashes must find. Each of these is a mistake that shops really make."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from orders import endings, mails
from orders.models import OrderMail
from payments import catching_up, gateway, inbox, refunds, signals
from payments.models import Payment, Refund, StripeEvent


def mark_mails_as_sent_before_they_are(off: pytest.MonkeyPatch) -> None:
    def send(mail: OrderMail) -> bool:
        if not mail.claim():
            return False
        mail.sent()
        mails._message(mail).send()
        return True

    off.setattr(mails, "send", send)


def owe_mails_after_the_commit(off: pytest.MonkeyPatch) -> None:
    owe = mails.owe

    def later(*args: Any) -> None:
        transaction.on_commit(lambda: owe(*args))

    off.setattr(mails, "owe", later)


def end_orders_before_stripe_knows(off: pytest.MonkeyPatch) -> None:
    def cancel(payment: Payment) -> Payment:
        with transaction.atomic():
            payment.status, payment.canceled_at = Payment.Status.CANCELED, timezone.now()
            payment.save()
            signals.payment_canceled.send(sender=Payment, payment=payment)
        gateway.cancel_intent(payment.stripe_payment_id or "")
        return payment

    off.setattr(endings.intents, "cancel", cancel)


def ask_for_refunds_with_ever_new_keys(off: pytest.MonkeyPatch) -> None:
    """The sweep hears first of what Stripe did, which saves even this shop: so it does not listen, either."""
    off.setattr(catching_up, "catch_up", lambda: 0)
    off.setattr(refunds.gateway, "create_refund", _with_another_key(gateway.create_refund))


def _with_another_key(create: Callable[[Refund], Any]) -> Callable[[Refund], Any]:
    tries = iter(range(1, 1000))

    def created(refund: Refund) -> Any:
        refund.attempt = next(tries)
        return create(refund)

    return created


def process_events_apart_from_their_effect(off: pytest.MonkeyPatch) -> None:
    def store_and_apply(envelope: inbox.Envelope) -> None:
        with transaction.atomic():
            event = inbox._stored(envelope)
            if event.processed_at:
                return
            StripeEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now())
        inbox._apply(envelope)

    off.setattr(inbox, "_store_and_apply", store_and_apply)
