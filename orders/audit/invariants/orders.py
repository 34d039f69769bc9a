"""What an order says about itself."""

from collections.abc import Iterator

from django.db.models import F, Q
from django.db.models.functions import Round

from orders.models import Order, OrderLine
from payments.money import WHOLE_UNITS_ONLY, ZERO_DECIMAL

from ..registry import Rule, invariant, select

NOT_THE_SUM_OF_ITS_LINES = """
    SELECT orders.number, orders.subtotal, COALESCE(SUM(line.unit_price * line.quantity), 0)
    FROM orders_order orders LEFT JOIN orders_orderline line ON line.order_id = orders.id
    GROUP BY orders.id
    HAVING COUNT(line.id) = 0 OR ROUND(SUM(line.unit_price * line.quantity) - orders.subtotal, 2) <> 0
"""


@invariant(
    2,
    "A total is the sum of lines, delivery and tax, in coins that exist",
    unit="orders",
    count=Order.objects.count,
)
def totals_are_sums() -> Iterator[Rule]:
    rounded = Round(F("subtotal") + F("delivery_price") + F("tax"), 2)
    wrong = ~Q(total=rounded) | Q(subtotal__lt=0) | Q(delivery_price__lt=0) | Q(tax__lt=0)
    yield Rule(
        "order {}: {} is not {} and {} for delivery and {} tax, or one of them is negative",
        Order.objects.filter(wrong).values_list("number", "total", "subtotal", "delivery_price", "tax"),
    )
    yield Rule("order {}: the books cost {:.2f}, its lines {:.2f}", select(NOT_THE_SUM_OF_ITS_LINES))
    empty = OrderLine.objects.filter(Q(quantity__lt=1) | Q(unit_price__lt=0))
    yield Rule(
        "order {}: {} copies of {} for {} each",
        empty.values_list("order__number", "quantity", "isbn13", "unit_price"),
    )
    without_coins = Order.objects.filter(currency__in=ZERO_DECIMAL | WHOLE_UNITS_ONLY)
    yield Rule(
        "order {}: {} {} cannot be paid, there are no such coins",
        without_coins.exclude(total=Round("total")).values_list("number", "total", "currency"),
    )
