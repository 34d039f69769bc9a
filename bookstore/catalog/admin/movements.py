"""Every movement of stock, to look at."""

from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from bookstore.catalog.models import Book, StockMovement


class BookFilter(admin.SimpleListFilter):
    """One book's movements; offered on that book's page, not among all the books there are."""

    title = "book"
    parameter_name = "book"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = self.used_parameters.get(self.parameter_name)
        if chosen is None:
            return []
        if not (str(chosen).isdecimal() and (book := Book.objects.filter(pk=int(chosen) % 2**63).first())):
            raise IncorrectLookupParameters
        return [(str(book.pk), book.title)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockMovement]) -> QuerySet[StockMovement]:
        chosen = self.value()
        return queryset.filter(book=int(chosen)) if chosen else queryset


class StaffFilter(admin.SimpleListFilter):
    title = "who"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        staff = get_user_model()._default_manager.filter(is_staff=True).order_by("pk")
        return [("shop", "The shop itself"), *((str(person.pk), str(person)) for person in staff)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockMovement]) -> QuerySet[StockMovement]:
        match self.value():
            case None:
                return queryset
            case "shop":
                return queryset.filter(actor=None)
            case number if number.isdecimal():
                return queryset.filter(actor=int(number) % 2**63)
        raise IncorrectLookupParameters


class MovementList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        movements = list(self.result_list)
        numbers = numbers_of_orders({m.order_id for m in movements if m.order_id})
        for movement in movements:
            movement.order_number = numbers.get(movement.order_id)
        self.result_list = movements


def numbers_of_orders(ids: set[UUID]) -> dict[UUID, str]:
    """Books know no orders, the admin knows both: it is asked by name, as for the address of an order's page."""
    orders = apps.get_model("orders", "Order")._default_manager
    return dict(orders.filter(pk__in=ids).values_list("pk", "number")) if ids else {}


@admin.register(StockMovement)
class StockMovementAdmin(admin.ModelAdmin):
    """To look at. Stock changes by orders, by deliveries and by corrections."""

    list_display = ("at", "book", "copies", "reason", "actor", "note", "order")
    list_filter = (BookFilter, "reason", "at", StaffFilter)
    list_select_related = ("book", "actor")
    list_per_page = 50
    search_fields = ("book__title", "book__isbn13", "note")
    search_help_text = "Words of the title or of the note, or an ISBN"
    show_full_result_count = False
    fields = ("book", "copies", "reason", "at", "actor", "note", "order")
    readonly_fields = fields

    class Media:
        css = {"all": ("admin-shop/books.css", "admin-shop/stock.css")}  # noqa: RUF012 - as Django has it

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MovementList

    @admin.display(description="copies", ordering="delta")
    def copies(self, movement: StockMovement) -> str:
        return f"{movement.delta:+d}".replace("-", "−")

    @admin.display(description="order")
    def order(self, movement: Any) -> str:
        if movement.order_id is None:
            return "–"
        if not hasattr(movement, "order_number"):
            movement.order_number = numbers_of_orders({movement.order_id}).get(movement.order_id)
        address = reverse("admin:orders_order_change", args=[movement.order_id])
        return format_html('<a href="{}">{}</a>', address, movement.order_number or "Order")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: StockMovement | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StockMovement | None = None) -> bool:
        return False
