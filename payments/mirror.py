"""Keeps dj-stripe's copy of our PaymentIntents, which staff read in the admin."""

from django.db import transaction

from .models import MirroredPaymentIntent, Payment, StripeEvent

FINAL = ("succeeded", "canceled")


def mirror(event: StripeEvent) -> bool:
    """Sync the PaymentIntent that an event carries, with dj-stripe's own sync and without any call to Stripe.

    Older news never overwrites newer: an intent that has ended stays so, and else the event's time decides.
    Returns whether the mirror changed. Intents that belong to no payment of ours are not mirrored.
    """
    data = event.payload["data"]["object"]
    with transaction.atomic():
        payment = Payment.objects.select_for_update(of=("self",)).filter(stripe_payment_id=data["id"]).first()
        if payment is None or _is_older(payment, event):
            return False
        MirroredPaymentIntent.sync_from_stripe_data(data)
        payment.mirrored_at = event.created_at
        payment.save(update_fields=["mirrored_at"])
    return True


def _is_older(payment: Payment, event: StripeEvent) -> bool:
    """Stripe's times are whole seconds: within one, that the intent was opened is always the oldest news."""
    intent = event.payload["data"]["object"]
    if intent["status"] in FINAL or payment.mirrored_at is None:
        return False
    ended = MirroredPaymentIntent.objects.filter(id=intent["id"], stripe_data__status__in=FINAL)
    is_first = event.type == "payment_intent.created"
    return is_first or event.created_at < payment.mirrored_at or ended.exists()
