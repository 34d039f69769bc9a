"""Parcels, and what was in them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Shipment(models.Model):
    """A parcel that left the shop. `key` names the form it was entered with: sent twice, it ships once."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="shipments")
    carrier = models.CharField(max_length=60, blank=True)
    tracking = models.CharField("tracking number", max_length=100, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.carrier, self.tracking])) or f"parcel {self.pk}"


class ShippedLine(models.Model):
    """Copies of one line of an order that went out in a parcel."""

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", models.PROTECT, related_name="shipped")
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["shipment", "line"], name="shipped_line_is_unique"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shipped_quantity_is_positive"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.title}"


class RefundedLine(models.Model):
    """Copies of one line of an order whose money went back.

    `withdrawn` of them had not been shipped and will not be; `restocked`: they went back to the shelf.
    """

    refund = models.ForeignKey("payments.Refund", models.PROTECT, related_name="+")
    line = models.ForeignKey("orders.OrderLine", models.PROTECT, related_name="refunded")
    quantity = models.PositiveSmallIntegerField()
    withdrawn = models.PositiveSmallIntegerField(default=0)
    restocked = models.BooleanField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["refund", "line"], name="refunded_line_is_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, withdrawn__lte=models.F("quantity")),
                name="refunded_quantities_make_sense",
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.title}"
