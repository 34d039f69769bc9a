"""What must hold of books and orders at any moment."""

from django.db import connection

from bookstore.catalog.models import Book, StockMovement
from orders.models import Order, OrderLine, RefundedLine

BOOK, MOVEMENT, ORDER, LINE, REFUNDED = (
    model._meta.db_table for model in (Book, StockMovement, Order, OrderLine, RefundedLine)
)

# Written out, since some proofs ask after every step of thousands of stories.
OFF_THE_SHELF = f"""
    SELECT COUNT(*) FROM {BOOK} book WHERE book.stock < 0
    OR book.stock <> (SELECT COALESCE(SUM(delta), 0) FROM {MOVEMENT} WHERE book_id = book.id)
"""

TAKEN_IS_NOT_ORDERED = f"""
    SELECT COUNT(*) FROM (
        SELECT order_id, book_id FROM (
            SELECT order_id, book_id, -delta AS copies FROM {MOVEMENT} WHERE order_id IS NOT NULL
            UNION ALL
            SELECT line.order_id, line.book_id, -line.quantity FROM {LINE} line
            JOIN {ORDER} placed ON placed.id = line.order_id WHERE placed.status <> 'CANCELED'
            UNION ALL
            SELECT line.order_id, line.book_id, back.quantity FROM {REFUNDED} back
            JOIN {LINE} line ON line.id = back.line_id JOIN {ORDER} placed ON placed.id = line.order_id
            WHERE back.restocked AND placed.status <> 'CANCELED'
        ) taken_and_ordered
        GROUP BY order_id, book_id HAVING SUM(copies) <> 0
    ) wrong
"""


def books_add_up() -> bool:
    """Every copy is accounted for: on the shelf, held for an unpaid order, or sold and not come back."""
    return _count(OFF_THE_SHELF) == _count(TAKEN_IS_NOT_ORDERED) == 0


def _count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]
