"""What the shop remembers about itself and about how far it has read at Stripe."""

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone


class Installation(models.Model):
    """The name under which this database marks its PaymentIntents, so that another shop's are told apart.

    Two shops may share one Stripe account, as the test and the demo shop of one bookseller do.
    """

    key = models.UUIDField(default=uuid.uuid4, editable=False)

    def __str__(self) -> str:
        return str(self.key)

    @classmethod
    def ours(cls) -> str:
        return str(cls.objects.get_or_create(pk=1)[0].key)


class Cursor(models.Model):
    """How far a list of Stripe's has been read: everything up to `seen_until`, when it was last looked at."""

    class Name(models.TextChoices):
        EVENTS = "events", "Events"
        CHARGES = "charges", "Charges of the last days"
        ALL_CHARGES = "all_charges", "Charges of the last month"

    name = models.CharField(primary_key=True, max_length=20, choices=Name)
    seen_until = models.DateTimeField()
    looked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.get_name_display()} until {self.seen_until}"

    @classmethod
    def find(cls, name: Name) -> "Cursor | None":
        return cls.objects.filter(pk=name).first()

    @classmethod
    def move(cls, name: Name, *, seen_until: datetime) -> None:
        """Remember how far was read; never backwards."""
        now = timezone.now()
        _, is_new = cls.objects.get_or_create(
            name=name, defaults={"seen_until": seen_until, "looked_at": now}
        )
        if not is_new:
            cls.objects.filter(pk=name).update(looked_at=now)
            cls.objects.filter(pk=name, seen_until__lt=seen_until).update(seen_until=seen_until)
