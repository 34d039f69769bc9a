"""What the shop sells."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list

from .. import covers
from ..covers.files import remove_files
from ..isbn import IsbnField
from ..words import free_slug
from .contributor import Contributor
from .index import SORT_KEY_LENGTH, BookIndex, index_own_words
from .stock import StockKeeping
from .subject import Subject

FEW_COPIES = 3
"""From here down the shop says how many copies are left."""


class BookQuerySet(BookIndex, StockKeeping):  # type: ignore[override] # each part types a manager of its own
    def for_sale(self) -> Self:
        """Books that shoppers can see. A book that is sold out is still seen."""
        return self.filter(active=True)

    def as_cards(self) -> Self:
        """No more than a list shows of each book."""
        return self.only(
            "slug",
            "isbn13",
            "title",
            "subtitle",
            "format",
            "price",
            "stock",
            "credits",
            "added_at",
            "cover_small",
        )


def cover_path(book: "Book", filename: str) -> str:
    return f"covers/{book.isbn13}-{filename}"


class Book(models.Model):
    """One edition, as a bookseller orders it: by ISBN."""

    class Format(models.TextChoices):
        PAPERBACK = "paperback", "Paperback"
        HARDBACK = "hardback", "Hardback"

    isbn13 = IsbnField("ISBN-13", unique=True, help_text="With or without hyphens; an ISBN-10 is converted.")
    slug = models.SlugField(
        max_length=220, unique=True, blank=True, help_text="Left empty: made from the title."
    )
    title = models.CharField(max_length=250)
    subtitle = models.CharField(max_length=250, blank=True)
    contributors = models.ManyToManyField(Contributor, through="Contribution", related_name="books")
    subjects = models.ManyToManyField(Subject, related_name="books", blank=True)
    publisher = models.CharField(max_length=120, blank=True)
    published_on = models.DateField(null=True, blank=True)
    first_published = models.SmallIntegerField(
        null=True, blank=True, help_text="Year; before the common era: negative"
    )
    format = models.CharField(max_length=10, choices=Format, default=Format.PAPERBACK)
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    language = models.CharField(max_length=8, default="en")
    description = models.TextField(blank=True)
    staff_note = models.TextField(blank=True)
    staff_pick = models.BooleanField(default=False)
    price = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])
    stock = models.IntegerField("copies for sale now", default=0, editable=False)
    cover = models.ImageField(
        upload_to=cover_path, blank=True, help_text="Without one the shop draws a cover."
    )
    cover_small = models.ImageField(upload_to=cover_path, blank=True, editable=False)
    active = models.BooleanField("shown in the shop", default=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    # What pages and search read; kept by `save` and `Book.objects.reindex` (see models/index.py).
    credits = models.JSONField(default=list, editable=False)
    subject_list = models.JSONField(default=list, editable=False)
    sort_title = models.CharField(max_length=SORT_KEY_LENGTH, default="", editable=False)
    sort_author = models.CharField(max_length=SORT_KEY_LENGTH, default="", editable=False)
    search_text = models.TextField(default="", editable=False)

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["title", "pk"]
        permissions = (
            ("receive_stock", "Can receive copies"),
            ("correct_stock", "Can correct the stock, with a reason"),
            ("import_books", "Can import and export books"),
        )
        indexes = (
            models.Index(fields=["sort_title", "id"], name="book_by_title"),
            models.Index(fields=["sort_author", "sort_title", "id"], name="book_by_author"),
            models.Index(fields=["price", "id"], name="book_by_price"),
            models.Index(fields=["-added_at", "-id"], name="book_by_newest"),
            models.Index(
                fields=["-added_at", "-id"], condition=models.Q(staff_pick=True), name="book_picks_by_newest"
            ),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(price__gte=0), name="book_price_is_not_negative"),
            models.CheckConstraint(condition=models.Q(stock__gte=0), name="book_stock_is_not_negative"),
            models.CheckConstraint(condition=Exact(Length("isbn13"), 13), name="book_isbn13_has_13_digits"),
        )

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if not self.slug:
            self.slug = free_slug(
                [self.title, self.isbn13], lambda slug: Book.objects.filter(slug=slug).exists()
            )
        index_own_words(self)
        if update_fields is not None:
            update_fields = {*update_fields, "sort_title", "search_text"}
        elif not self._state.adding:
            update_fields = self._own_fields()
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("catalog:book", args=[self.slug])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        files = self.cover_files
        deleted = super().delete(*args, **kwargs)
        remove_files(files)
        return deleted

    @property
    def cover_url(self) -> str:
        """The picture that staff uploaded, or the cover that the shop draws."""
        return self.cover.url if self.cover else self.drawn_cover_url

    @property
    def small_cover_url(self) -> str:
        """For cards and lines."""
        return self.cover_small.url if self.cover_small else self.drawn_cover_url

    @property
    def cover_files(self) -> set[str]:
        return {str(file.name) for file in (self.cover, self.cover_small) if file}

    @property
    def drawn_cover_url(self) -> str:
        return f"{reverse('catalog:cover', args=[self.isbn13])}?v={self.cover_version}"

    @property
    def cover_version(self) -> str:
        return covers.version(self.isbn13, self.title, self.byline)

    @property
    def few_left(self) -> bool:
        """Worth saying."""
        return 0 < self.stock <= FEW_COPIES

    @cached_property
    def byline(self) -> str:
        """The authors' names; the editors' or whoever comes first where a book has no author."""
        authors = [credit["name"] for credit in self.credits if credit["role"] == Contribution.Role.AUTHOR]
        return get_text_list(authors or [credit["name"] for credit in self.credits[:1]], "and")

    def _own_fields(self) -> set[str]:
        """What saving a book writes: all but its stock, which only movements change (see models/stock.py).

        The stock that was loaded may be old; writing it back would undo a sale.
        """
        loaded = {field.name for field in self._meta.concrete_fields if field.attname in self.__dict__}
        return loaded - {"id", "stock"}


class Contribution(models.Model):
    """Who did what for a book, in the order of the title page."""

    class Role(models.TextChoices):
        AUTHOR = "author", "Author"
        TRANSLATOR = "translator", "Translator"
        EDITOR = "editor", "Editor"
        ILLUSTRATOR = "illustrator", "Illustrator"

    book = models.ForeignKey(Book, models.CASCADE, related_name="contributions")
    contributor = models.ForeignKey(Contributor, models.PROTECT, related_name="contributions")
    role = models.CharField(max_length=12, choices=Role, default=Role.AUTHOR)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints = (
            models.UniqueConstraint(fields=["book", "contributor", "role"], name="contribution_is_unique"),
        )

    def __str__(self) -> str:
        return f"{self.contributor} ({self.get_role_display()})"
