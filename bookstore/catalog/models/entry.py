from typing import ClassVar

from django.db import models
from django.utils import timezone

from bookstore.append_only import AppendOnly


class StockEntry(AppendOnly):
    """What somebody of staff writes into the stock in one go: a delivery, or a correction; its movements say what.

    The key is the form's. It is taken in the transaction that moves the stock, so a form that is sent twice, or by two
    people at once, has one effect: the second one waits here, and finds the key taken.
    """

    key = models.UUIDField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "stock entries"
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"Entry {self.key}"
