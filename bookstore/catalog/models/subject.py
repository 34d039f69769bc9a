from typing import Any, ClassVar

from django.db import models, transaction

from ..words import free_slug


class Subject(models.Model):
    """Where a book stands in the shop."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(
        max_length=80, unique=True, blank=True, help_text="Left empty: made from the name."
    )

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also in the books, which keep the names of their subjects."""
        if not self.slug:
            self.slug = free_slug([self.name], lambda slug: Subject.objects.filter(slug=slug).exists())
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if not is_new:
            self.books.reindex()

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        books = self.books.all()
        had_it = list(books)
        deleted = super().delete(*args, **kwargs)
        books.reindex(had_it)
        return deleted
