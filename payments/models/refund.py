"""Money that goes back."""

import uuid
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from .payment import Payment


class RefundQuerySet(QuerySet["Refund"]):
    def standing(self) -> Self:
        """Refunds that take money out, or will: all but the failed and the canceled."""
        return self.exclude(status__in=(Refund.Status.FAILED, Refund.Status.CANCELED))

    def to_submit(self) -> Self:
        return self.filter(status=Refund.Status.REQUESTED)


class Refund(models.Model):
    """One refund. Id and attempt are the idempotency key at Stripe, so that asking twice refunds once."""

    class Status(models.TextChoices):
        REQUESTED = "REQUESTED", "To be sent to Stripe"
        PENDING = "PENDING", "On its way"
        SUCCEEDED = "SUCCEEDED", "Refunded"
        FAILED = "FAILED", "Failed"
        CANCELED = "CANCELED", "Canceled"

    class Reason(models.TextChoices):
        LATE_PAYMENT = "late_payment", "Paid after the order had ended"
        DOUBLE_PAYMENT = "double_payment", "Paid a second time"
        REQUESTED_BY_CUSTOMER = "requested_by_customer", "Requested by the customer"
        CANCELED_BY_SHOP = "canceled_by_shop", "The shop canceled the order"
        DASHBOARD = "dashboard", "Made in Stripe's dashboard"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    intent_id = models.CharField(
        "PaymentIntent", max_length=255, help_text="The intent that the money came by"
    )
    stripe_refund_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    reason = models.CharField(max_length=24, choices=Reason)
    failure_reason = models.CharField(max_length=100, blank=True)
    attempt = models.PositiveSmallIntegerField(
        default=1, help_text="Grows when Stripe must be asked anew for the refund"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    request_key = models.UUIDField(
        unique=True, null=True, blank=True, editable=False, help_text="Of the form that asked for it"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="Last asked Stripe how it stands")

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes = (models.Index("created_at", name="refund_by_time"),)
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_is_positive"),
            models.UniqueConstraint(
                fields=["intent_id"],
                condition=Q(reason__in=("late_payment", "double_payment")),
                name="refund_of_unwanted_money_is_unique",
            ),
        )

    def __str__(self) -> str:
        return f"refund {self.pk}"
