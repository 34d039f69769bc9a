"""Money that came to the shop for no order that the shop knows."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class OrphanCharge(models.Model):
    """A PaymentIntent that this shop opened and that was paid, but whose payment is not in the database.

    That cannot happen by itself: rows were lost, as when an older backup is restored.
    """

    class Status(models.TextChoices):
        FOUND = "FOUND", "Looked for again"
        LEFT = "LEFT", "Left to a person"
        MATCHED = "MATCHED", "Its payment was found"
        REFUNDING = "REFUNDING", "On its way back"
        REFUNDED = "REFUNDED", "Refunded"

    intent_id = models.CharField("PaymentIntent", primary_key=True, max_length=255)
    order_number = models.CharField(max_length=40, blank=True, help_text="As it was told to Stripe")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=Status, default=Status.FOUND)
    stripe_refund_id = models.CharField(max_length=255, blank=True)
    found_at = models.DateTimeField(default=timezone.now, editable=False)
    refunded_at = models.DateTimeField(null=True, blank=True, help_text="When the refund was sent")

    class Meta:
        ordering: ClassVar = ["-found_at"]
        verbose_name = "charge without an order"
        verbose_name_plural = "charges without an order"
        indexes = (models.Index("found_at", name="orphan_open", condition=Q(status="FOUND")),)

    def __str__(self) -> str:
        return f"orphan charge {self.intent_id}"
