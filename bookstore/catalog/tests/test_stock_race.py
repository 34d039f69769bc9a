"""Fifty shoppers want the last five copies at the same moment."""

from collections.abc import Callable
from threading import Barrier
from uuid import uuid4

import pytest
from django.db.models import Sum

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, OutOfStock
from bookstore.testing.threads import PATIENCE, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SHOPPERS, COPIES = 50, 5


def served(shop: Callable[[], bool]) -> int:
    """How many of the shoppers, all starting together, got what they wanted."""
    return sum(at_once(*[shop] * SHOPPERS))


def test_fifty_shoppers_get_exactly_the_five_copies_there_are():
    book = BookFactory(stock=COPIES)

    def take_one() -> bool:
        try:
            Book.objects.take({book.pk: 1}, order_id=uuid4())
        except OutOfStock:
            return False
        return True

    assert served(take_one) == COPIES

    book.refresh_from_db()
    assert book.stock == book.movements.aggregate(total=Sum("delta"))["total"] == 0


def test_orders_for_the_same_books_in_any_sequence_never_block_each_other_for_good():
    first, second = BookFactory.create_batch(2, stock=SHOPPERS)
    sequences = [[first.pk, second.pk], [second.pk, first.pk]] * (SHOPPERS // 2)

    def take_both() -> bool:
        Book.objects.take(dict.fromkeys(sequences.pop(), 1), order_id=uuid4())
        return True

    assert served(take_both) == SHOPPERS

    assert set(Book.objects.values_list("stock", flat=True)) == {0}


def test_control_without_the_guard_the_shop_oversells():
    book = BookFactory(stock=COPIES)
    everyone_has_looked = Barrier(SHOPPERS)

    def look_then_write() -> bool:
        stock = Book.objects.get(pk=book.pk).stock
        everyone_has_looked.wait(PATIENCE)
        if stock < 1:
            return False
        Book.objects.filter(pk=book.pk).update(stock=stock - 1)
        return True

    assert served(look_then_write) > COPIES
