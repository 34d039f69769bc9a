"""Every copy of a book: on the shelf, held for an order, or sold."""

from collections.abc import Iterator

from django.db.models import Count, Q
from django.utils import timezone

from bookstore.catalog.models import StockMovement
from orders import overdue
from orders.models import Order
from payments.models import Attention

from ..registry import Rule, invariant, select

OFF_THE_SHELF = """
    SELECT books.isbn13, books.stock, COALESCE(movements.copies, 0)
    FROM catalog_book books
    LEFT JOIN (
        SELECT book_id, SUM(delta) AS copies FROM catalog_stockmovement GROUP BY book_id
    ) movements ON movements.book_id = books.id
    WHERE books.stock < 0 OR books.stock <> COALESCE(movements.copies, 0)
"""

# What an order has taken from the shelf and not given back; what it should have taken: all that was ordered, less what
# was refunded and went back. An order that was taken up again may have taken such copies anew.
WRONGLY_TAKEN = """
    SELECT orders.number, copies.order_id, books.isbn13, copies.taken, copies.ordered - copies.restocked
    FROM (
        SELECT order_id, book_id, SUM(taken) AS taken, SUM(ordered) AS ordered, SUM(restocked) AS restocked
        FROM (
            SELECT order_id, book_id, -delta AS taken, 0 AS ordered, 0 AS restocked
            FROM catalog_stockmovement WHERE order_id IS NOT NULL
            UNION ALL
            SELECT line.order_id, line.book_id, 0, line.quantity, 0
            FROM orders_orderline line JOIN orders_order live ON live.id = line.order_id
            WHERE live.status <> 'CANCELED'
            UNION ALL
            SELECT line.order_id, line.book_id, 0, 0, back.quantity
            FROM orders_refundedline back
            JOIN orders_orderline line ON line.id = back.line_id
            JOIN orders_order live ON live.id = line.order_id
            WHERE back.restocked AND live.status <> 'CANCELED'
        ) each_copy
        GROUP BY order_id, book_id
        HAVING SUM(taken) <> SUM(ordered) - SUM(restocked)
    ) copies
    LEFT JOIN orders_order orders ON orders.id = copies.order_id
    LEFT JOIN catalog_book books ON books.id = copies.book_id
    WHERE copies.taken NOT BETWEEN copies.ordered - copies.restocked AND copies.ordered
    OR NOT EXISTS (
        SELECT 1 FROM orders_orderevent event WHERE event.order_id = copies.order_id AND event.kind = 'revived'
    )
"""

MORE_THAN_ORDERED = """
    SELECT orders.number, line.isbn13, line.quantity, MAX(gone.shipped), MAX(gone.refunded)
    FROM (
        SELECT line_id, SUM(quantity) AS shipped, 0 AS refunded FROM orders_shippedline GROUP BY line_id
        UNION ALL
        SELECT line_id, 0, SUM(quantity) FROM orders_refundedline GROUP BY line_id
    ) gone
    JOIN orders_orderline line ON line.id = gone.line_id
    JOIN orders_order orders ON orders.id = line.order_id
    WHERE gone.shipped > line.quantity OR gone.refunded > line.quantity
    GROUP BY orders.number, line.id, line.isbn13, line.quantity
"""


@invariant(
    5,
    "Copies that came and did not go are on the shelf, none is below zero",
    unit="movements",
    count=StockMovement.objects.count,
)
def copies_add_up() -> Iterator[Rule]:
    yield Rule("book {}: {} on the shelf, {} by its movements", select(OFF_THE_SHELF))
    reason = StockMovement.Reason
    of_order, of_shop = Q(order_id__isnull=False), Q(order_id__isnull=True)
    sensible = (
        Q(of_order, reason=reason.HELD, delta__lt=0)
        | Q(of_order, reason__in=(reason.RELEASED, reason.RETURNED), delta__gt=0)
        | Q(of_shop, reason=reason.RECEIVED, delta__gt=0)
        | Q(of_shop, ~Q(delta=0), reason=reason.CORRECTED)
    )
    yield Rule(
        "book {}: {} copies {} by movement {} of order {}",
        StockMovement.objects.exclude(sensible)
        .order_by()
        .values_list("book__isbn13", "delta", "reason", "pk", "order_id"),
    )


@invariant(
    6,
    "Orders have taken the copies that they hold or sold; those that ended, none",
    unit="orders",
    count=Order.objects.count,
)
def holds_are_of_live_orders() -> Iterator[Rule]:
    yield Rule("order {} ({}): of book {} {} copies are taken, not {}", select(WRONGLY_TAKEN))
    yield Rule("order {}: of {} {} were ordered, {} shipped, {} refunded", select(MORE_THAN_ORDERED))
    is_pending = Q(status=Order.Status.PENDING)
    wrong = is_pending & Q(hold_expires_at=None) | ~is_pending & Q(hold_expires_at__isnull=False)
    yield Rule(
        "order {} is {}, its books are held until {}",
        Order.objects.filter(wrong).values_list("number", "status", "hold_expires_at"),
    )
    shown = Attention.objects.open().exclude(payment=None).values("payment")
    late = Order.objects.overdue(timezone.now() - overdue.GRACE).exclude(payment__in=shown)
    yield Rule(
        "order {} should have ended at {}, and no case is open", late.values_list("number", "hold_expires_at")
    )
    pending = Order.objects.filter(is_pending).exclude(cart=None).order_by().values("cart")
    several = pending.annotate(orders=Count("pk")).filter(orders__gt=1)
    yield Rule("cart {} has {} unpaid orders", several.values_list("cart", "orders"))
