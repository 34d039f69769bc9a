"""What the shop sells."""

from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone

from .stock import StockKeeping


class Subject(models.Model):
    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Contributor(models.Model):
    name = models.CharField(max_length=160)
    sort_name = models.CharField(max_length=160, help_text="As on a shelf: Austen, Jane")

    class Meta:
        ordering: ClassVar = ["sort_name"]

    def __str__(self) -> str:
        return self.name


class BookQuerySet(StockKeeping):
    def for_sale(self) -> Self:
        """Books that shoppers can see. A book that is sold out is still seen."""
        return self.filter(active=True)


class Book(models.Model):
    """One edition, as a bookseller orders it: by ISBN."""

    class Format(models.TextChoices):
        PAPERBACK = "paperback", "Paperback"
        HARDBACK = "hardback", "Hardback"

    isbn13 = models.CharField("ISBN-13", max_length=13, unique=True)
    slug = models.SlugField(max_length=220, unique=True)
    title = models.CharField(max_length=250)
    subtitle = models.CharField(max_length=250, blank=True)
    contributors = models.ManyToManyField(Contributor, through="Contribution", related_name="books")
    subjects = models.ManyToManyField(Subject, related_name="books", blank=True)
    publisher = models.CharField(max_length=120, blank=True)
    published_on = models.DateField(null=True, blank=True)
    first_published = models.SmallIntegerField(null=True, blank=True, help_text="Year; before the common era: negative")
    format = models.CharField(max_length=10, choices=Format, default=Format.PAPERBACK)
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    language = models.CharField(max_length=8, default="en")
    description = models.TextField(blank=True)
    staff_note = models.TextField(blank=True)
    staff_pick = models.BooleanField(default=False)
    price = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(0)])
    stock = models.IntegerField("copies for sale now", default=0, editable=False)
    active = models.BooleanField("shown in the shop", default=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["title", "pk"]
        constraints = (
            models.CheckConstraint(condition=models.Q(price__gte=0), name="book_price_is_not_negative"),
            models.CheckConstraint(condition=models.Q(stock__gte=0), name="book_stock_is_not_negative"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("catalog:book", args=[self.slug])


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
