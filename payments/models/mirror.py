"""dj-stripe's copy of a PaymentIntent, for staff to read. No decision is ever taken from it."""

from typing import Any

from djstripe.models import PaymentIntent


class MirroredPaymentIntent(PaymentIntent):
    """dj-stripe's PaymentIntent, kept from calling Stripe while it syncs.

    Left to itself, a sync looks up the account that the secret key belongs to (and stores the key in plain text), and
    fetches each customer and payment method it has not seen. None of that is wanted inside a transaction; the ids
    stay readable in `stripe_data`.
    """

    class Meta:
        proxy = True
        verbose_name = "PaymentIntent as Stripe last told"
        verbose_name_plural = "PaymentIntents as Stripe last told"

    @classmethod
    def _find_owner_account(cls, *args: Any, **kwargs: Any) -> None:
        return None

    @classmethod
    def _stripe_object_field_to_foreign_key(cls, *args: Any, **kwargs: Any) -> tuple[None, bool, bool]:
        return None, True, True  # no object, skipped, column left empty
