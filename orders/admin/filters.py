"""Filters of the list of orders."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import localtime

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


class Placed(admin.DateFieldListFilter):
    """With the month and the year before, which bookkeepers ask for. Any other range can be typed into the address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "date placed"
        this_month = localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        last_month = (this_month - timedelta(days=1)).replace(day=1)
        this_year = this_month.replace(month=1)
        last_year = this_year.replace(year=this_year.year - 1)
        self.links = (
            *self.links,
            ("Last month", self._between(last_month, this_month)),
            ("Last year", self._between(last_year, this_year)),
        )

    def _between(self, start: datetime, end: datetime) -> dict[str, Any]:
        return {self.lookup_kwarg_since: start, self.lookup_kwarg_until: end}


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
