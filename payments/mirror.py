"""Keeps dj-stripe's copy of our PaymentIntents, which staff read in the admin."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

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
        if payment is None or _is_older(payment, data, event.created_at):
            return False
        MirroredPaymentIntent.sync_from_stripe_data(data)
        payment.mirrored_at = event.created_at
        payment.save(update_fields=["mirrored_at"])
    return True


def _is_older(payment: Payment, data: dict[str, Any], as_of: datetime) -> bool:
    if data["status"] in FINAL:
        return False
    ended = MirroredPaymentIntent.objects.filter(Q(stripe_data__status__in=FINAL), id=data["id"])
    return ended.exists() or (payment.mirrored_at is not None and as_of < payment.mirrored_at)
