from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Sum

from bookstore.accounts.models import User
from bookstore.append_only import WrittenOnce
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, OutOfStock, StockMovement

pytestmark = pytest.mark.django_db


def moved(book):
    return book.movements.aggregate(total=Sum("delta"))["total"]


def test_an_order_takes_copies_of_several_books_and_says_so():
    first, second = BookFactory.create_batch(2, stock=5)
    order_id = uuid4()

    Book.objects.take({first.pk: 2, second.pk: 5}, order_id=order_id)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.stock, second.stock) == (3, 0)
    held = StockMovement.objects.filter(reason="held", order_id=order_id).order_by("book")
    assert list(held.values_list("book", "delta")) == [(first.pk, -2), (second.pk, -5)]


def test_an_order_takes_all_or_nothing():
    plenty, scarce, gone = BookFactory(stock=5), BookFactory(stock=1), BookFactory(stock=0)

    with pytest.raises(OutOfStock) as refusal:
        Book.objects.take({plenty.pk: 2, scarce.pk: 2, gone.pk: 1}, order_id=uuid4())

    assert refusal.value.available == {scarce.pk: 1, gone.pk: 0}
    plenty.refresh_from_db()
    assert plenty.stock == 5
    assert not StockMovement.objects.filter(reason="held").exists()


def test_a_book_that_is_not_there_is_out_of_stock():
    with pytest.raises(OutOfStock) as refusal:
        Book.objects.take({404: 1}, order_id=uuid4())

    assert refusal.value.available == {404: 0}


def test_what_was_taken_can_be_put_back():
    book = BookFactory(stock=3)
    order_id = uuid4()
    Book.objects.take({book.pk: 3}, order_id=order_id)

    Book.objects.put_back({book.pk: 3}, order_id=order_id)

    book.refresh_from_db()
    assert book.stock == moved(book) == 3
    assert book.movements.first().reason == StockMovement.Reason.RELEASED


def test_returned_copies_are_told_from_released_ones():
    book = BookFactory(stock=1)

    Book.objects.put_back({book.pk: 1}, order_id=uuid4(), reason=StockMovement.Reason.RETURNED)

    assert book.movements.first().reason == StockMovement.Reason.RETURNED


def test_stock_is_the_sum_of_its_movements_whatever_happens():
    book = BookFactory(stock=4)
    staff = User.objects.create_user("staff@example.com")

    Book.objects.take({book.pk: 3}, order_id=uuid4())
    Book.objects.put_back({book.pk: 1}, order_id=uuid4())
    Book.objects.receive(book, 10, staff)
    Book.objects.correct(book, -2, staff, note="Water damage")
    Book.objects.correct(book, +1, staff, note="Found behind the shelf")
    Book.objects.correct(book, 0, staff, note="Counted again")

    assert book.stock == moved(book) == 11
    assert book.movements.filter(actor=staff).count() == 3


def test_a_correction_never_takes_what_is_held_for_orders():
    book = BookFactory(stock=2)
    Book.objects.take({book.pk: 1}, order_id=uuid4())

    with pytest.raises(OutOfStock) as refusal:
        Book.objects.correct(book, -2, None, note="Lost")

    assert refusal.value.available == {book.pk: 1}


def test_a_delivery_brings_copies():
    with pytest.raises(ValueError, match="at least one"):
        Book.objects.receive(BookFactory(), -1)


def test_taking_nothing_is_no_shortage():
    Book.objects.take({}, order_id=uuid4())

    assert not StockMovement.objects.exists()


def test_the_database_lets_no_stock_fall_below_zero():
    book = BookFactory(stock=1)

    with pytest.raises(IntegrityError, match="book_stock_is_not_negative"):
        Book.objects.filter(pk=book.pk).update(stock=F("stock") - 2)


def test_a_movement_that_moves_nothing_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="stock_movement_moves_something"):
        StockMovement.objects.create(book=BookFactory(stock=0), delta=0, reason="corrected")


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda movement: movement.save(),
        lambda movement: movement.delete(),
        lambda movement: StockMovement.objects.filter(pk=movement.pk).update(delta=99),
        lambda movement: StockMovement.objects.filter(pk=movement.pk).delete(),
    ],
    ids=["save", "delete", "update of many", "delete of many"],
)
def test_a_movement_is_neither_changed_nor_deleted(rewrite):
    movement = BookFactory(stock=1).movements.get()

    with pytest.raises(WrittenOnce):
        rewrite(movement)

    assert StockMovement.objects.get().delta == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalog_stockmovement SET delta = 99",
        pytest.param("DELETE FROM catalog_stockmovement", marks=pytest.mark.postgres),
    ],
)
def test_the_database_refuses_to_rewrite_movements(statement):
    BookFactory(stock=1)

    with (
        pytest.raises(IntegrityError, match="written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert StockMovement.objects.get().delta == 1


def test_movements_outlive_the_member_of_staff_who_made_them():
    book, staff = BookFactory(stock=0), User.objects.create_user("staff@example.com")
    Book.objects.receive(book, 3, staff)

    staff.delete()

    assert (book.movements.get().actor, book.movements.get().delta) == (None, 3)
