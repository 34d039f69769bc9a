"""What happened to an order, line by line, in plain words."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from bookstore.append_only import AppendOnly


class OrderEvent(AppendOnly):
    """One entry of an order's history; written once, never changed. The database refuses, too (migration 0003)."""

    class Kind(models.TextChoices):
        PLACED = "placed", "Placed"
        PAYMENT_FAILED = "payment_failed", "Payment declined"
        CONFIRMED = "confirmed", "Paid and confirmed"
        REVIVED = "revived", "Paid after it had ended, and confirmed again"
        CANCELED = "canceled", "Canceled"
        SHIPPED = "shipped", "Shipped"
        DELIVERED = "delivered", "Delivered"
        REFUND = "refund", "Refund"
        DISPUTE = "dispute", "Dispute"
        MAIL = "mail", "Mail"
        NOTE = "note", "Note"

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind)
    text = models.CharField(max_length=300, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        indexes = (models.Index("at", name="event_declined", condition=models.Q(kind="payment_failed")),)

    def __str__(self) -> str:
        return self.get_kind_display()
