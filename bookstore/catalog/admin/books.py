"""Books as staff find and edit them."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bookstore.catalog.covers.files import remove_files
from bookstore.catalog.isbn import isbn13_of
from bookstore.catalog.models import Book, BookQuerySet, Contribution

from .correcting import CorrectingPages
from .covers import BookForm
from .importing import MAY_IMPORT, ImportPages
from .pages import Link
from .receiving import ReceivingPages


class StockFilter(admin.SimpleListFilter):
    title = "stock"
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "Sold out"), ("low", f"{settings.LOW_STOCK} or fewer"), ("some", "In stock")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Book]) -> QuerySet[Book]:
        match self.value():
            case "none":
                return queryset.filter(stock=0)
            case "low":
                return queryset.filter(stock__lte=settings.LOW_STOCK)
            case "some":
                return queryset.filter(stock__gt=0)
        return queryset


class ContributionInline(admin.StackedInline):
    """One line for each. (Django's table has a column without a heading, which screen readers stumble over.)"""

    model = Contribution
    extra = 0
    fields = (("contributor", "role", "position"),)
    autocomplete_fields = ("contributor",)


@admin.register(Book)
class BookAdmin(ReceivingPages, CorrectingPages, ImportPages):
    form = BookForm
    inlines = (ContributionInline,)
    list_display = ("title", "byline", "isbn13", "format", "price", "stock", "active")
    list_filter = ("active", StockFilter, "format", "staff_pick", "subjects")
    list_per_page = 50
    ordering = ("sort_title", "pk")
    search_fields = ("title",)
    search_help_text = "Words of the title, the author or the publisher, or an ISBN"
    autocomplete_fields = ("subjects",)
    readonly_fields = ("cover_now", "copies_for_sale", "added_at")
    save_on_top = True
    fieldsets: ClassVar = [
        (None, {"fields": ["title", "subtitle", "isbn13", "slug", "subjects"]}),
        ("Sale", {"fields": ["price", "active", "staff_pick", "staff_note", "description"]}),
        (
            "Edition",
            {"fields": ["format", "pages", "language", "publisher", "published_on", "first_published"]},
        ),
        ("Cover", {"fields": ["cover_now", "cover"]}),
        ("Stock", {"fields": ["copies_for_sale", "added_at"]}),
    ]

    class Media:
        css = {"all": ("admin-shop/books.css",)}  # noqa: RUF012 - as Django has it

    def get_urls(self) -> list[URLPattern]:
        low = path(
            "low-stock/", self.admin_site.admin_view(self.low_stock_view), name="catalog_book_low_stock"
        )
        return [low, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Book], search_term: str
    ) -> tuple[QuerySet[Book], bool]:
        if not search_term:
            return queryset, False
        books = queryset if isinstance(queryset, BookQuerySet) else Book.objects.all()
        return books.search(isbn13_of(search_term) or search_term), False

    def save_model(self, request: HttpRequest, obj: Book, form: Any, change: bool) -> None:  # noqa: FBT001
        if not change:
            return super().save_model(request, obj, form, change)
        stored = Book.objects.select_for_update(no_key=True).get(pk=obj.pk)
        if "cover" not in form.changed_data:  # somebody else may have changed it since this form was read
            obj.cover, obj.cover_small = stored.cover, stored.cover_small
        super().save_model(request, obj, form, change)
        return remove_files(stored.cover_files - obj.cover_files)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Book]) -> None:
        for book in queryset:  # one by one: each takes its files along
            book.delete()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        Book.objects.reindex([form.instance])

    @admin.display(description="cover")
    def cover_now(self, book: Book) -> SafeString | str:
        if book._state.adding:
            return "Drawn by the shop, unless you choose a picture."
        kind = "Uploaded" if book.cover else "Drawn by the shop"
        picture = (
            '<img class="book-cover" src="{}" width="100" height="150" alt="The cover as shoppers see it"> {}'
        )
        return format_html(picture, book.small_cover_url, kind)

    @admin.display(description="copies for sale")
    def copies_for_sale(self, book: Book) -> SafeString | str:
        if book._state.adding:
            return "None yet. Save the book, then receive its first copies."
        address = f"{reverse('admin:catalog_stockmovement_changelist')}?book={book.pk}"
        return format_html('{} (<a href="{}">all movements</a>)', book.stock, address)

    def low_stock_view(self, request: HttpRequest) -> HttpResponse:
        """A fixed address for books to reorder: of those in the shop, the fewest copies first."""
        # Columns are counted with the boxes to tick, which there are for those who may do something with many books.
        by_stock = self.list_display.index("stock") + bool(self.get_actions(request))
        query = f"?active__exact=1&stock=low&o={by_stock}"
        return HttpResponseRedirect(reverse("admin:catalog_book_changelist") + query)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(
            request, {"links": self._links_of_the_list(request)} | (extra_context or {})
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        book = context.get("original")
        context["links"] = self._links_of(request, book) if book else []
        return super().render_change_form(request, context, *args, **kwargs)

    def _links_of_the_list(self, request: HttpRequest) -> list[Link]:
        links = [Link(reverse("admin:catalog_book_low_stock"), "Low stock")]
        if request.user.has_perm("catalog.receive_stock"):
            links.append(Link(reverse("admin:catalog_book_receive"), "Receive a delivery"))
        if request.user.has_perm(MAY_IMPORT):
            links.append(Link(reverse("admin:catalog_book_import"), "Import"))
            links.append(
                Link(f"{reverse('admin:catalog_book_export')}?{request.GET.urlencode()}", "Export this list")
            )
        return links

    def _links_of(self, request: HttpRequest, book: Book) -> list[Link]:
        links = []
        if request.user.has_perm("catalog.correct_stock"):
            address = reverse("admin:catalog_book_correct_stock", args=[book.pk])
            links.append(Link(address, "Correct the stock"))
        if request.user.has_perm("catalog.view_stockmovement"):
            address = reverse("admin:catalog_stockmovement_changelist")
            links.append(Link(f"{address}?book={book.pk}", "Movements"))
        return links
