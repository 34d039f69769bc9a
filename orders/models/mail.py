"""Mails that an order owes its shopper. The row is written with the change that calls for it; the worker sends it."""

from datetime import timedelta
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

FIRST_RETRY = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
CLAIM_LIFETIME = timedelta(minutes=5)
"""After this long a worker that claimed a mail is taken for dead."""


class OrderMailQuerySet(QuerySet["OrderMail"]):
    def unsent(self) -> Self:
        return self.filter(sent_at=None)

    def unclaimed(self) -> Self:
        """Mails that no worker is sending right now."""
        stale = timezone.now() - CLAIM_LIFETIME
        return self.unsent().filter(Q(claimed_at=None) | Q(claimed_at__lt=stale))

    def left_behind(self) -> Self:
        """Mails that are due and that no worker will come for: their try failed, or its worker died."""
        now = timezone.now()
        forgotten = Q(retry_at=None, created_at__lte=now - CLAIM_LIFETIME)
        return self.unclaimed().filter(forgotten | Q(retry_at__lte=now))


class OrderMail(models.Model):
    """One mail of a kind, about one thing, for an order; the unique constraint keeps it from being sent twice."""

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation", "Order confirmation"
        REFUNDED_LATE = "refunded_late", "Paid too late, refunded"
        REFUNDED_DOUBLE = "refunded_double", "Paid twice, refunded once"
        SHIPPED = "shipped", "Shipped"
        REFUNDED = "refunded", "Refunded"
        CANCELED_BY_SHOP = "canceled_by_shop", "Canceled by the shop"

    order = models.ForeignKey("orders.Order", models.PROTECT, related_name="mails")
    kind = models.CharField(max_length=20, choices=Kind)
    about = models.CharField(
        max_length=36,
        blank=True,
        help_text="Which parcel, refund, cancellation or line of the history it tells of",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=250, blank=True)
    resends = models.PositiveSmallIntegerField(default=0, help_text="How often staff had it sent again")
    resend_key = models.UUIDField(null=True, blank=True, editable=False)

    objects = OrderMailQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "kind", "about"], name="mail_of_a_kind_is_unique"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.order_id}"

    def claim(self) -> bool:
        """Take the mail for sending. False: it is sent, or another worker is at it."""
        claimed = OrderMail.objects.unclaimed().filter(pk=self.pk)
        return bool(claimed.update(claimed_at=timezone.now(), attempts=models.F("attempts") + 1))

    def failed(self, error: Exception) -> None:
        """Note a try that did not go through, and when to try again: after ever longer pauses."""
        self.refresh_from_db(fields=["attempts"])
        wait = min(FIRST_RETRY * 2 ** min(self.attempts - 1, 20), LONGEST_WAIT)
        self.claimed_at, self.retry_at, self.error = None, timezone.now() + wait, type(error).__name__
        self.save(update_fields=["claimed_at", "retry_at", "error"])

    def again(self, key: UUID) -> bool:
        """Let a mail that was sent be sent once more, as another mail. False: asked for with this key before."""
        sent = OrderMail.objects.filter(pk=self.pk, sent_at__isnull=False).exclude(resend_key=key)
        return bool(
            sent.update(
                sent_at=None,
                claimed_at=None,
                retry_at=None,
                created_at=timezone.now(),
                resends=models.F("resends") + 1,
                resend_key=key,
            )
        )

    def sent(self) -> None:
        self.sent_at, self.error = timezone.now(), ""
        self.save(update_fields=["sent_at", "error"])
