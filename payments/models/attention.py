"""What no rule settles: a queue for people, one row for each case."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from .payment import Payment


class AttentionQuerySet(QuerySet["Attention"]):
    def open(self) -> Self:
        return self.filter(settled_at=None)


class Attention(models.Model):
    """One case for a person: why, what it is about, since when. `remedy` says what to do.

    `subject` is the id of what the case is about, at Stripe or here; there is one open row for a reason and a subject.
    """

    class Reason(models.TextChoices):
        MISMATCH = "mismatch", "Paid, but not as agreed"
        ORPHAN_CHARGE = "orphan_charge", "Money without an order"
        REFUND_FAILED = "refund_failed", "A refund failed"
        REFUNDED_FIRST = "refunded_first", "Refunded before it was confirmed"
        DISPUTE = "dispute", "Disputed at the bank"
        STUCK_PAYMENT = "stuck_payment", "A payment does not move"
        UNKNOWN_INTENT = "unknown_intent", "Stripe does not know the payment"
        EVENT_SET_ASIDE = "event_set_aside", "An event could not be applied"

    REMEDIES: ClassVar[dict[str, str]] = {
        Reason.MISMATCH: "Compare the payment at Stripe with the order. Send the money back, or agree with the "
        "shopper; the order is not confirmed, its books stay held.",
        Reason.ORPHAN_CHARGE: "Find out whom the money is from (Stripe's dashboard shows card and order number). "
        "Send it back, or enter the order anew. Was a backup restored?",
        Reason.REFUND_FAILED: "The money is back with the shop. Ask the shopper for another way, such as a bank "
        "transfer, or refund again.",
        Reason.REFUNDED_FIRST: "Money went back before the order was confirmed. Look whether the parcel should go out.",
        Reason.DISPUTE: "Answer it in Stripe's dashboard before the date named there: order, proof of dispatch. "
        "Do not refund the payment besides.",
        Reason.STUCK_PAYMENT: "Look the payment up in Stripe's dashboard. If it can never be paid, cancel it there: "
        "the order follows. Run `manage.py doctor` if Stripe cannot be reached.",
        Reason.UNKNOWN_INTENT: "Is the secret key of the account that the payment was opened with? Was test data "
        "deleted? Run `manage.py doctor`.",
        Reason.EVENT_SET_ASIDE: "Read the event and its error in the journal. Once the cause is gone, have it applied "
        "again.",
    }

    reason = models.CharField(max_length=20, choices=Reason)
    subject = models.CharField(max_length=255)
    detail = models.CharField(max_length=250, blank=True)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="attentions")
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    settlement = models.CharField(max_length=250, blank=True, help_text="How the case ended")

    objects = AttentionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-opened_at"]
        permissions = (("settle_attention", "Can act on cases that need attention"),)
        verbose_name = "case that needs attention"
        verbose_name_plural = "cases that need attention"
        constraints = (
            models.UniqueConstraint(
                fields=["reason", "subject"],
                condition=Q(settled_at__isnull=True),
                name="attention_open_case_is_unique",
            ),
        )
        indexes = (models.Index("reason", name="attention_open", condition=Q(settled_at__isnull=True)),)

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.subject}"

    @property
    def remedy(self) -> str:
        return self.REMEDIES[self.reason]

    @property
    def age(self) -> timedelta:
        """How long the case was, or has been, open."""
        until: datetime = self.settled_at or timezone.now()
        return until - self.opened_at

    def settle(self, settlement: str, *, by: AbstractBaseUser | None = None) -> bool:
        """Close the case and say how it ended. False: closed before."""
        changes = {
            "settled_at": timezone.now(),
            "settled_by_id": by.pk if by else None,
            "settlement": settlement[:250],
        }
        return bool(Attention.objects.open().filter(pk=self.pk).update(**changes))
