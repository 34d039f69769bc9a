from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class BookImport(models.Model):
    """A file of books that somebody uploaded, kept until it is imported; then only what it did.

    In the database, so that the page that asks and the page that does may be answered by different hosts.
    """

    key = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    content = models.TextField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now, db_index=True)
    done_at = models.DateTimeField(null=True, blank=True)
    books_added = models.PositiveIntegerField(default=0)
    books_changed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.name
