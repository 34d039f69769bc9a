from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from .isbn import isbn13_of
from .models import Book, BookQuerySet, Contribution, Contributor, OutOfStock, StockMovement, Subject

MOVEMENTS_SHOWN = 20


class StockFilter(admin.SimpleListFilter):
    title = "stock"
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "Sold out"), ("some", "In stock")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Book]) -> QuerySet[Book]:
        match self.value():
            case "none":
                return queryset.filter(stock=0)
            case "some":
                return queryset.filter(stock__gt=0)
        return queryset


class BookForm(ModelForm):
    received = forms.IntegerField(
        label="Copies received",
        min_value=1,
        required=False,
        help_text="How many came; they are added to the stock.",
    )
    correction = forms.IntegerField(
        required=False,
        help_text="Copies more than thought, or fewer: -2 if two are missing. Copies held stay held.",
    )
    correction_note = forms.CharField(label="Why corrected", max_length=200, required=False)

    class Meta:
        model = Book
        fields = "__all__"  # noqa: DJ007 - BookAdmin.fieldsets says which

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        correction = cleaned.get("correction") or 0
        if correction and not cleaned.get("correction_note"):
            self.add_error("correction_note", "Say why the stock is corrected.")
        if correction + self.instance.stock + (cleaned.get("received") or 0) < 0:
            self.add_error(
                "correction", f"No more than {self.instance.stock} copies are for sale; others are held."
            )
        return cleaned


class ContributionInline(admin.TabularInline):
    model = Contribution
    extra = 0
    autocomplete_fields = ("contributor",)


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    form = BookForm
    inlines = (ContributionInline,)
    list_display = ("title", "byline", "isbn13", "format", "price", "stock", "active")
    list_filter = ("active", StockFilter, "format", "staff_pick", "subjects")
    list_per_page = 50
    ordering = ("sort_title", "pk")
    search_fields = ("title",)
    search_help_text = "Words of the title, the author or the publisher, or an ISBN"
    autocomplete_fields = ("subjects",)
    readonly_fields = ("stock", "stock_history", "added_at")
    save_on_top = True
    fieldsets: ClassVar = [
        (None, {"fields": ["title", "subtitle", "isbn13", "slug", "subjects"]}),
        ("Sale", {"fields": ["price", "active", "staff_pick", "staff_note", "description"]}),
        (
            "Edition",
            {"fields": ["format", "pages", "language", "publisher", "published_on", "first_published"]},
        ),
        (
            "Stock",
            {"fields": ["stock", "received", "correction", "correction_note", "stock_history", "added_at"]},
        ),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Book], search_term: str
    ) -> tuple[QuerySet[Book], bool]:
        if not search_term:
            return queryset, False
        books = queryset if isinstance(queryset, BookQuerySet) else Book.objects.all()
        return books.search(isbn13_of(search_term) or search_term), False

    @admin.display(description="last movements")
    def stock_history(self, book: Book) -> SafeString:
        if not book.pk:
            return format_html("none")
        movements = book.movements.select_related("actor")[:MOVEMENTS_SHOWN]
        lines = ((f"{m.delta:+d}", m.get_reason_display(), _details(m)) for m in movements)
        return format_html("<ul>{}</ul>", format_html_join("", "<li><b>{}</b> {}, {}</li>", lines))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        Book.objects.reindex([form.instance])
        self._move_stock(request, form.instance, form.cleaned_data)

    def _move_stock(self, request: HttpRequest, book: Book, asked: dict[str, Any]) -> None:
        actor = request.user if request.user.is_authenticated else None
        try:
            if asked.get("received"):
                Book.objects.receive(book, asked["received"], actor)
            if asked.get("correction"):
                Book.objects.correct(book, asked["correction"], actor, note=asked["correction_note"])
        except OutOfStock:
            messages.error(
                request, "The stock was not corrected: meanwhile there are too few copies for sale."
            )


def _details(movement: StockMovement) -> str:
    """When, by whom or for which order, and why."""
    at = date_format(localtime(movement.at), "DATETIME_FORMAT")
    order = f"order {movement.order_id}" if movement.order_id else ""
    return ", ".join(filter(None, [at, str(movement.actor or ""), order, movement.note]))


@admin.register(Contributor)
class ContributorAdmin(admin.ModelAdmin):
    list_display = ("name", "sort_name")
    search_fields = ("name", "sort_name")


@admin.register(Subject)
class SubjectAdmin(admin.ModelAdmin):
    list_display = ("name", "slug")
    search_fields = ("name",)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subject]) -> None:
        for subject in queryset:  # one by one: each tells its books
            subject.delete()


@admin.register(StockMovement)
class StockMovementAdmin(admin.ModelAdmin):
    """To look at. Stock changes by orders, and by the staff on a book's page."""

    list_display = ("at", "book", "delta", "reason", "actor", "note", "order_id")
    list_filter = ("reason", "at")
    list_select_related = ("book", "actor")
    search_fields = ("book__title", "book__isbn13")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: StockMovement | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StockMovement | None = None) -> bool:
        return False
