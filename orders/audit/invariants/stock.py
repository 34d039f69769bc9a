"""Every copy of a book: on the shelf, held for an order, or sold."""

from collections.abc import Iterator

from django.db.models import Count, Q
from django.utils import timezone

from bookstore.catalog.models import Book, StockMovement
from orders import overdue
from orders.models import Order
from payments.models import Attention

from ..registry import Rule, invariant, select

# Per book, `came` adds up to nothing when each copy is somewhere, `moved` when the shelf is what its movements made it.
LOST_COPIES = """
    SELECT books.isbn13, books.stock, -SUM(copies.moved) + books.stock, SUM(copies.came)
    FROM (
        SELECT book_id, -delta AS moved, CASE WHEN reason IN ('held', 'released') THEN 0 ELSE delta END AS came
        FROM catalog_stockmovement
        UNION ALL
        SELECT id, stock, -stock FROM catalog_book
        UNION ALL
        SELECT line.book_id, 0, -line.quantity
        FROM orders_orderline line JOIN orders_order orders ON orders.id = line.order_id
        WHERE orders.status <> 'CANCELED'
    ) copies
    JOIN catalog_book books ON books.id = copies.book_id
    GROUP BY books.id, books.isbn13, books.stock
    HAVING SUM(copies.moved) <> 0 OR SUM(copies.came) <> 0
"""

WRONGLY_HELD = """
    SELECT orders.number, copies.order_id, books.isbn13, copies.held, copies.wanted
    FROM (
        SELECT order_id, book_id, SUM(held) AS held, SUM(wanted) AS wanted
        FROM (
            SELECT order_id, book_id, -delta AS held, 0 AS wanted
            FROM catalog_stockmovement
            WHERE order_id IS NOT NULL AND reason IN ('held', 'released')
            UNION ALL
            SELECT line.order_id, line.book_id, 0, line.quantity
            FROM orders_orderline line JOIN orders_order live ON live.id = line.order_id
            WHERE live.status <> 'CANCELED'
        ) each_copy
        GROUP BY order_id, book_id
        HAVING SUM(held) <> SUM(wanted)
    ) copies
    LEFT JOIN orders_order orders ON orders.id = copies.order_id
    LEFT JOIN catalog_book books ON books.id = copies.book_id
"""

RETURNED_TOO_MANY = """
    SELECT orders.number, returned.order_id, books.isbn13, returned.copies, COALESCE(line.quantity, 0)
    FROM (
        SELECT order_id, book_id, SUM(delta) AS copies
        FROM catalog_stockmovement WHERE reason = 'returned' AND order_id IS NOT NULL
        GROUP BY order_id, book_id
    ) returned
    JOIN catalog_book books ON books.id = returned.book_id
    LEFT JOIN orders_order orders ON orders.id = returned.order_id
    LEFT JOIN orders_orderline line
        ON line.order_id = returned.order_id AND line.book_id = returned.book_id
        AND orders.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')
    WHERE returned.copies > COALESCE(line.quantity, 0)
"""


@invariant(
    5,
    "Copies received, corrected and returned are on the shelf, held or sold",
    unit="movements",
    count=StockMovement.objects.count,
)
def copies_add_up() -> Iterator[Rule]:
    yield Rule(
        "book {}: {} on the shelf, {} by its movements; {} more came than are anywhere", select(LOST_COPIES)
    )
    negative = Book.objects.filter(stock__lt=0)
    yield Rule("book {}: {} on the shelf", negative.order_by().values_list("isbn13", "stock"))
    reason = StockMovement.Reason
    comes = Q(reason__in=(reason.RECEIVED, reason.RELEASED, reason.RETURNED), delta__gt=0)
    backwards = StockMovement.objects.exclude(
        comes | Q(reason=reason.HELD, delta__lt=0) | Q(reason=reason.CORRECTED) & ~Q(delta=0)
    )
    yield Rule(
        "book {}: {} copies {} by movement {}",
        backwards.order_by().values_list("book__isbn13", "delta", "reason", "pk"),
    )
    yield Rule("order {} ({}): of book {} {} copies were returned, {} sold", select(RETURNED_TOO_MANY))


@invariant(
    6,
    "Copies are held or sold for the orders that live, and for no others",
    unit="orders",
    count=Order.objects.count,
)
def holds_are_of_live_orders() -> Iterator[Rule]:
    yield Rule("order {} ({}): of book {} {} copies are taken, {} ordered", select(WRONGLY_HELD))
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
