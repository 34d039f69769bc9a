"""The inbox: what Stripe told us."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone


class StripeEventQuerySet(QuerySet["StripeEvent"]):
    def unprocessed(self) -> Self:
        """Events that are still to be applied."""
        return self.filter(processed_at=None, quarantine="")


class StripeEvent(models.Model):
    """One event of Stripe's, kept under its id, so that a second delivery finds the first.

    The payload is kept without client secrets.
    """

    class CameBy(models.TextChoices):
        WEBHOOK = "webhook", "Webhook"
        LIST = "list", "Stripe's list, since no webhook came"

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=100)
    livemode = models.BooleanField()
    created_at = models.DateTimeField(help_text="When it happened at Stripe")
    about = models.CharField(
        "PaymentIntent", max_length=255, blank=True, db_default="", db_index=True, editable=False
    )
    payload = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    came_by = models.CharField(
        max_length=10, choices=CameBy, default=CameBy.WEBHOOK, db_default=CameBy.WEBHOOK, editable=False
    )
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    quarantine = models.CharField(
        max_length=250, blank=True, help_text="Why it was set aside, to be looked at"
    )

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-received_at"]
        permissions = (("replay_stripeevent", "Can replay Stripe's events"),)
        indexes = (
            models.Index(
                "retry_at", name="event_to_retry", condition=models.Q(processed_at=None, quarantine="")
            ),
            models.Index("received_at", name="event_set_aside", condition=~models.Q(quarantine="")),
            models.Index("livemode", name="event_by_mode"),  # payloads make the table itself long to read
            models.Index(fields=["-received_at"], name="event_by_arrival"),
            models.Index(fields=["came_by", "received_at", "created_at"], name="event_delays"),
            models.Index(fields=["type", "-received_at"], name="event_by_type"),
            models.Index("received_at", name="event_fetched", condition=models.Q(came_by="list")),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
