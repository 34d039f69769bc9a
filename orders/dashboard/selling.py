"""Which books sell, and which run out."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import DecimalField, F, Q, Sum

from bookstore.catalog.models import Book
from orders.models import Order, OrderLine

from .reckoning import Bounds
from .takings import CENT

MOST = 10


@dataclass(frozen=True)
class BestSeller:
    """`value` counts what was sold in the shop's currency, before refunds."""

    book: int
    title: str
    isbn13: str
    copies: int
    value: Decimal
    stock: int


@dataclass(frozen=True)
class LowStock:
    book: int
    title: str
    isbn13: str
    stock: int


def best_sellers(bounds: Bounds) -> list[BestSeller]:
    """By copies in orders that were accepted in this time and not canceled since. Two statements."""
    orders = {"order__confirmed_at__gte": bounds[0], "order__confirmed_at__lt": bounds[1]}
    accepted = OrderLine.objects.filter(order__status__in=Order.PAID, **orders).order_by()
    value = Sum(
        F("unit_price") * F("quantity"),
        filter=Q(order__currency=settings.SHOP_CURRENCY),
        default=Decimal(0),
        output_field=DecimalField(max_digits=12, decimal_places=2),
    )
    sold = accepted.values_list("book_id").annotate(copies=Sum("quantity"), value=value)
    found = list(sold.order_by("-copies", "-value", "book_id")[:MOST])
    books = Book.objects.only("title", "isbn13", "stock").in_bulk([pk for pk, _, _ in found])
    return [
        BestSeller(pk, books[pk].title, books[pk].isbn13, copies, value.quantize(CENT), books[pk].stock)
        for pk, copies, value in found
    ]


def low_stock() -> tuple[int, list[LowStock]]:
    """How many books in the shop have few copies or none, and those that have the fewest."""
    low = Book.objects.for_sale().filter(stock__lte=settings.LOW_STOCK)
    fewest = low.order_by("stock", "sort_title", "pk")[:MOST]
    found = [LowStock(*row) for row in fewest.values_list("pk", "title", "isbn13", "stock")]
    return low.count(), found
