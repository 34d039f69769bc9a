from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest

from .models import Cart, CartLine


class ReadOnly:
    """Carts belong to shoppers; staff look, to answer a question."""

    def has_add_permission(self, *args: object) -> bool:
        return False

    def has_change_permission(self, *args: object) -> bool:
        return False

    def has_delete_permission(self, *args: object) -> bool:
        return False


class CartLineInline(ReadOnly, admin.TabularInline):
    model = CartLine
    fields = readonly_fields = ("book", "quantity", "price_when_added", "added_at")


@admin.register(Cart)
class CartAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("__str__", "user", "copies_held", "created_at")
    search_fields = ("user__email",)
    search_help_text = "The shopper’s e-mail address"
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    inlines: ClassVar = [CartLineInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cart]:
        return (
            super()
            .get_queryset(request)
            .filter(merged_into=None)
            .annotate(copies_held=Sum("lines__quantity", default=0))
        )

    @admin.display(description="copies", ordering="copies_held")
    def copies_held(self, cart: Any) -> int:
        return cart.copies_held
