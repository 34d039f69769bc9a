"""What must hold of books and orders at any moment."""

from collections import Counter

from django.db.models import Sum

from bookstore.catalog.models import Book, StockMovement
from orders.models import Order, OrderLine, RefundedLine


def books_add_up() -> bool:
    """Every copy is accounted for: on the shelf, held for an unpaid order, or sold and not come back."""
    return _shelves_match_movements() and _orders_match_movements()


def _shelves_match_movements() -> bool:
    moved = Book.objects.annotate(moved=Sum("movements__delta"))
    return all(book.stock == (book.moved or 0) for book in moved)


def _orders_match_movements() -> bool:
    taken = Counter()
    for movement in StockMovement.objects.exclude(order_id=None):
        taken[movement.order_id, movement.book_id] -= movement.delta
    belongs = Counter()
    for line in OrderLine.objects.exclude(order__status=Order.Status.CANCELED):
        belongs[line.order_id, line.book_id] += line.quantity
    for back in RefundedLine.objects.filter(restocked=True).select_related("line__order"):
        if back.line.order.status != Order.Status.CANCELED:
            belongs[back.line.order_id, back.line.book_id] -= back.quantity
    return +taken == +belongs and min(taken.values(), default=0) >= 0
