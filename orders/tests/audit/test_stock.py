"""Copies that are nowhere, or in two places, and the audit that names the book."""

from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, StockMovement
from orders.factories import place_order
from orders.models import Order, Shipment, ShippedLine
from payments.models import Attention, Payment

from .conftest import lawless, spoil
from .shop import ended, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def book():
    return BookFactory(stock=3)


# 5: the shelf


def test_a_shelf_that_is_not_what_movements_made_it(broken, book):
    Book.objects.update(stock=4)

    assert broken() == {5: [f"book {book.isbn13}: 4 on the shelf, 3 by its movements"]}


def test_a_shelf_with_less_than_nothing(broken, book):
    with lawless(Book):
        spoil(Book, stock=-1)

        assert broken(5) == [f"book {book.isbn13}: -1 on the shelf, 3 by its movements"]


def test_books_that_never_moved(broken, book):
    with lawless(StockMovement):
        QuerySet(StockMovement)._raw_delete("default")

        assert broken(5) == [f"book {book.isbn13}: 3 on the shelf, 0 by its movements"]


@pytest.mark.parametrize(
    "movement",
    [
        {"delta": -1, "reason": "received"},
        {"delta": 1, "reason": "held"},
        {"delta": -1, "reason": "held"},  # for no order
        {"delta": 1, "reason": "returned"},
    ],
)
def test_a_movement_that_makes_no_sense(broken, book, movement):
    StockMovement.objects.create(book=book, **movement)
    Book.objects.update(stock=3 + movement["delta"])

    (offence,) = broken(5)

    assert offence.startswith(
        f"book {book.isbn13}: {movement['delta']} copies {movement['reason']} by movement "
    )


# 6: orders


def test_copies_held_for_an_order_that_ended(broken, book):
    order = ended(book)

    Book.objects.take({book.pk: 1}, order_id=order.pk)

    assert [offence.split(": ")[1] for offence in broken(6)] == [
        f"of book {book.isbn13} 1 copies are taken, not 0"
    ]


def test_copies_given_back_although_they_were_sold(broken, book):
    order = paid(book)

    Book.objects.put_back({book.pk: 1}, order_id=order.pk)

    (offence,) = broken(6)
    assert offence.startswith(f"order {order.number} ")
    assert offence.endswith("0 copies are taken, not 1")


def test_copies_held_for_an_order_that_never_was(broken, book):
    stranger = Order().pk

    Book.objects.take({book.pk: 2}, order_id=stranger)

    (offence,) = broken(6)
    assert stranger.hex in offence.replace("-", "")


def test_an_unpaid_order_without_a_hold(broken):
    order = place_order()

    with lawless(Order):
        spoil(Order, hold_expires_at=None)

        assert broken(6) == [f"order {order.number} is PENDING, its books are held until None"]


def test_a_hold_of_an_order_that_is_paid(broken):
    order = paid()

    Order.objects.update(hold_expires_at=timezone.now())

    assert [order.number in offence for offence in broken(6)] == [True]


def test_an_unpaid_order_that_does_not_end(broken):
    order = place_order()
    Order.objects.update(hold_expires_at=timezone.now() - timedelta(minutes=59))
    assert broken(6) == []

    Order.objects.update(hold_expires_at=timezone.now() - timedelta(minutes=61))

    assert [f"order {order.number} should have ended" in offence for offence in broken(6)] == [True]


def test_it_may_wait_for_the_bank_or_for_a_person(broken):
    at_the_bank, shown = place_order(), place_order()
    Order.objects.update(hold_expires_at=timezone.now() - timedelta(days=2))

    Payment.objects.filter(order=at_the_bank).update(status=Payment.Status.PROCESSING)
    Attention.objects.create(reason=Attention.Reason.MISMATCH, subject="pi_1", payment=shown.payment)

    assert broken() == {}


def test_two_unpaid_orders_of_one_cart(broken):
    order, other = place_order(), place_order()

    with lawless(Order):
        spoil(Order, cart=order.cart)

        assert broken(6) == [f"cart {order.cart_id} has 2 unpaid orders"]
        assert other.cart_id != order.cart_id


def test_more_copies_shipped_than_ordered(broken):
    order = paid()
    parcel = Shipment.objects.create(order=order)

    ShippedLine.objects.create(shipment=parcel, line=order.lines.get(), quantity=2)

    assert [offence.endswith("1 were ordered, 2 shipped, 0 refunded") for offence in broken(6)] == [True]
