"""Requests that were made with an Idempotency-Key, so that a repeated one gets the first one's answer."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

LIFETIME = timedelta(hours=24)
"""How long a key is remembered. Stripe, whose way this is, promises the same."""

RUNNING = timedelta(minutes=2)
"""A request that has no answer after this long died on its way."""


class IdempotentRequestQuerySet(QuerySet["IdempotentRequest"]):
    def outdated(self) -> Self:
        return self.filter(created_at__lt=timezone.now() - LIFETIME)


class IdempotentRequest(models.Model):
    """One request of a user's, named by the client. `answer` stays empty where it would hold a secret."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="Of method, address and body")
    status_code = models.PositiveSmallIntegerField(null=True, help_text="Empty while the request runs")
    answer = models.TextField(blank=True, help_text="The JSON that was sent")
    created_at = models.DateTimeField(default=timezone.now)

    objects = IdempotentRequestQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_is_unique"),)
        indexes = (models.Index("created_at", name="idempotent_request_age"),)

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"

    @property
    def is_running(self) -> bool:
        """No answer yet, and not for so long that none will come."""
        return self.status_code is None and self.created_at > timezone.now() - RUNNING

    def take_over(self) -> bool:
        """Run the request again, after the first run died. False: somebody else does so already."""
        now = timezone.now()
        dead = IdempotentRequest.objects.filter(pk=self.pk, status_code=None, created_at=self.created_at)
        self.created_at = now
        return bool(dead.update(created_at=now))
