"""The money for one order."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from payments.stripe_objects import Intent


class PaymentQuerySet(QuerySet["Payment"]):
    def open(self) -> Self:
        """Payments that can still be made."""
        return self.filter(status__in=Payment.OPEN)

    def of_intent(self, intent: Intent) -> Self:
        """The payment that an intent was opened for: by its id, else by what we wrote into its metadata.

        The metadata alone finds a payment whose intent was made, but whose id we never got to write down.
        """
        named = Q(stripe_payment_id=intent.id)
        if payment_id := _uuid(intent.metadata.get("payment_id")):
            named |= Q(pk=payment_id)
        return self.filter(named).order_by(
            models.Case(models.When(stripe_payment_id=intent.id, then=0), default=1)
        )

    def that_took(self, intent_id: str) -> Self:
        """The payment that an intent's money came for: its own intent, or another whose money was sent back."""
        from .refund import Refund  # which needs Payment

        sent_back = Refund.objects.filter(intent_id=intent_id).values("payment")
        return self.filter(Q(stripe_payment_id=intent_id) | Q(pk__in=sent_back))


class Payment(models.Model):
    """One order's payment: a Stripe PaymentIntent, retried on the same intent until it succeeds or is canceled.

    Amounts are Decimal in `currency`. Only `payments.settlement` moves the status.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", "Not paid yet"
        PROCESSING = "PROCESSING", "Being processed by the bank"
        FAILED = "FAILED", "Declined, can be tried again"
        CANCELED = "CANCELED", "Canceled"
        COMPLETED = "COMPLETED", "Paid"
        PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED", "Partly refunded"
        REFUNDED = "REFUNDED", "Refunded"

    OPEN = (Status.PENDING, Status.PROCESSING, Status.FAILED)
    PAID = (Status.COMPLETED, Status.PARTIALLY_REFUNDED, Status.REFUNDED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.OneToOneField("orders.Order", models.PROTECT, related_name="payment")
    stripe_payment_id = models.CharField("PaymentIntent", max_length=255, unique=True, null=True, blank=True)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=18, choices=Status, default=Status.PENDING)
    attempt = models.PositiveSmallIntegerField(
        default=1, help_text="Grows when Stripe must be asked anew for an intent"
    )
    failure_code = models.CharField(max_length=100, blank=True)
    failure_message = models.CharField(max_length=250, blank=True, help_text="In words for the shopper")
    failure_ref = models.CharField(
        max_length=255, blank=True, help_text="Stripe's id of the try that was declined"
    )
    amount_refunded = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    news_at = models.DateTimeField(
        null=True, blank=True, help_text="The moment that the latest news was true at Stripe"
    )
    mirrored_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_at = models.DateTimeField(
        null=True, blank=True, help_text="First asked Stripe for an intent in this attempt"
    )
    open_failed_at = models.DateTimeField(
        null=True, blank=True, help_text="Stripe answered 5xx when asked for an intent"
    )
    completed_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["completed_at", "status", "currency", "amount"], name="payment_takings"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_is_positive"),
            models.CheckConstraint(
                condition=Q(amount_refunded__gte=0, amount_refunded__lte=F("amount")),
                name="payment_refunds_are_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"))
                | Q(completed_at__isnull=False, stripe_payment_id__isnull=False),
                name="payment_paid_has_time_and_intent",
            ),
            models.CheckConstraint(
                condition=~Q(status="CANCELED") | Q(canceled_at__isnull=False),
                name="payment_canceled_has_time",
            ),
        )

    def __str__(self) -> str:
        return f"payment {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_paid(self) -> bool:
        """The money came, whether or not some of it went back since."""
        return self.status in self.PAID

    def is_older_news(self, as_of: datetime) -> bool:
        """Whether something newer is known than what was true at `as_of`.

        Stripe's times are whole seconds. News of the same second counts as new: a decline told twice is better than
        one that is missed.
        """
        if self.news_at is None:
            return False
        return as_of.replace(microsecond=0) < self.news_at.replace(microsecond=0)


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except (ValueError, AttributeError, TypeError):
        return None
