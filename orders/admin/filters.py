"""Filters of the list of orders."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from bookstore.templatetags.money import money
from orders.models import Order
from payments.admin import NeedsAttention


class OrderNeedsAttention(NeedsAttention):
    to_payment = "payment"


class PaymentStatus(admin.ChoicesFieldListFilter):
    """Named after the payment: "by status" is the order's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "payment"


class Total(admin.SimpleListFilter):
    """What the order came to: from one bound, to less than the next."""

    title = "total"
    parameter_name = "total"
    BOUNDS = (0, 10, 25, 50, 100, 250)

    def lookups(self, *args: Any) -> list[tuple[str, str]]:
        ranges = zip(self.BOUNDS, self.BOUNDS[1:], strict=False)
        below = [(f"{low}-{high}", f"{_round(low)} to {_round(high)}") for low, high in ranges]
        return [*below, (f"{self.BOUNDS[-1]}-", f"{_round(self.BOUNDS[-1])} and more")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        low, _, high = str(self.value()).partition("-")
        queryset = queryset.filter(total__gte=Decimal(low))
        return queryset.filter(total__lt=Decimal(high)) if high else queryset


def _round(amount: int) -> str:
    return money(Decimal(amount)).removesuffix(".00")
