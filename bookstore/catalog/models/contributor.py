from typing import Any, ClassVar

from django.db import models, transaction


class Contributor(models.Model):
    """An author, a translator, whoever made a book."""

    name = models.CharField(max_length=160)
    sort_name = models.CharField(max_length=160, help_text="As on a shelf: Austen, Jane")

    class Meta:
        ordering: ClassVar = ["sort_name"]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also in the books, which keep the names of their contributors."""
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if not is_new:
            self.books.distinct().reindex()
