"""Payments that a cardholder's bank questions."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from .payment import Payment


class Dispute(models.Model):
    """A chargeback or an inquiry, as Stripe last told of it."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    stripe_dispute_id = models.CharField(max_length=255, unique=True)
    status = models.CharField(max_length=40, help_text="In Stripe's words, such as needs_response, won, lost")
    reason = models.CharField(max_length=60)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    news_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"dispute {self.stripe_dispute_id}"
