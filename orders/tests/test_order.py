"""Every change of an order's status, from every status; and what the database refuses."""

from decimal import Decimal
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from bookstore.accounts.factories import StaffFactory
from bookstore.append_only import WrittenOnce
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, OutOfStock
from orders.factories import place_order
from orders.models import Order, OrderEvent, OrderLine

from .ledger import books_add_up

pytestmark = pytest.mark.django_db

PENDING, CONFIRMED, SHIPPED, DELIVERED, CANCELED = Order.Status
WAYS = {
    PENDING: [],
    CONFIRMED: ["confirm"],
    SHIPPED: ["confirm", "ship"],
    DELIVERED: ["confirm", "ship", "deliver"],
    CANCELED: ["cancel"],
}
MOVES = {
    ("confirm", PENDING): CONFIRMED,
    ("cancel", PENDING): CANCELED,
    ("revive", CANCELED): CONFIRMED,
    ("ship", CONFIRMED): SHIPPED,
    ("deliver", SHIPPED): DELIVERED,
}
REPLAYS = {
    ("confirm", CONFIRMED),
    ("confirm", SHIPPED),
    ("confirm", DELIVERED),
    ("cancel", CANCELED),
    ("ship", SHIPPED),
    ("ship", DELIVERED),
    ("deliver", DELIVERED),
}
ACTS = ["confirm", "cancel", "revive", "ship", "deliver"]
EVERY = set(product(ACTS, Order.Status))


def order_in(status: str) -> Order:
    order = place_order(BookFactory(stock=5), quantity=2)
    for step in WAYS[status]:
        getattr(order, step)()
    return order


def row_of(order: Order) -> dict:
    return Order.objects.filter(pk=order.pk).values().get()


@pytest.mark.parametrize(("act", "status"), sorted(MOVES))
def test_an_allowed_change_moves_the_order_and_is_written_into_its_history(act, status):
    order = order_in(status)
    told = order.events.count()

    moved = getattr(order, act)()

    assert moved is not False
    assert row_of(order)["status"] == order.status == MOVES[act, status]
    assert order.events.count() == told + 1
    assert books_add_up()


@pytest.mark.parametrize(("act", "status"), sorted(REPLAYS))
def test_a_repeated_change_does_nothing(act, status):
    order = order_in(status)
    before, told = row_of(order), order.events.count()

    moved = getattr(order, act)()

    assert moved is False
    assert row_of(order) == before
    assert order.events.count() == told
    assert books_add_up()


@pytest.mark.parametrize(("act", "status"), sorted(EVERY - MOVES.keys() - REPLAYS))
def test_a_change_that_is_not_allowed_is_refused_and_changes_nothing(act, status):
    order = order_in(status)
    before, told = row_of(order), order.events.count()

    with pytest.raises(Order.WrongStatus):
        getattr(order, act)()

    assert row_of(order) == before
    assert order.events.count() == told
    assert books_add_up()


def test_a_stale_copy_of_an_order_cannot_move_it_twice():
    order = place_order()
    stale = Order.objects.get(pk=order.pk)
    order.cancel()

    with pytest.raises(Order.WrongStatus):
        stale.confirm()

    assert stale.status == CANCELED
    assert books_add_up()


def test_a_canceled_order_gives_its_books_back_and_says_why():
    order = place_order(BookFactory(stock=3), quantity=3)

    order.cancel(Order.CancelReason.EXPIRED)

    assert Book.objects.get().stock == 3
    assert order.cancel_reason == "expired"
    assert (order.hold_expires_at, order.canceled_at is None) == (None, False)
    assert order.events.last().text == "Not paid in time"


def test_an_order_whose_books_are_gone_cannot_be_revived():
    order = place_order(BookFactory(stock=1))
    order.cancel()
    place_order(Book.objects.get())
    before = row_of(order)

    with pytest.raises(OutOfStock):
        order.revive()

    assert (row_of(order), order.status) == (before, CANCELED)
    assert books_add_up()


def test_the_history_says_who_shipped():
    order, staff = order_in(CONFIRMED), StaffFactory()

    order.ship(actor=staff)

    assert order.events.last().actor == staff


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("order_total_is_sum", {"total": Decimal("1.00")}),
        ("order_amounts_are_not_negative", {"subtotal": Decimal("-1.00"), "total": Decimal("1.95")}),
        ("order_pending_has_hold", {"hold_expires_at": None}),
        ("order_confirmed_has_time", {"status": CONFIRMED}),
        ("order_shipped_has_times", {"status": SHIPPED, "shipped_at": timezone.now()}),
        ("order_delivered_has_times", {"status": DELIVERED, "delivered_at": timezone.now()}),
        ("order_canceled_has_time_and_reason", {"status": CANCELED, "canceled_at": timezone.now()}),
        ("order_canceled_has_time_and_reason", {"status": CANCELED, "cancel_reason": "expired"}),
    ],
)
def test_the_database_refuses_an_order_that_contradicts_itself(constraint, changes):
    order = place_order()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**changes)


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("order_line_quantity_is_positive", {"quantity": 0}),
        ("order_line_price_is_not_negative", {"unit_price": Decimal("-0.01")}),
    ],
)
def test_the_database_refuses_a_line_that_makes_no_sense(constraint, changes):
    order = place_order()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OrderLine.objects.filter(order=order).update(**changes)


def test_the_database_refuses_a_second_unpaid_order_of_one_cart():
    one, other = place_order(), place_order()

    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=other.pk).update(cart=one.cart)


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda event: event.save(),
        lambda event: event.delete(),
        lambda event: OrderEvent.objects.filter(pk=event.pk).update(text="never"),
        lambda event: OrderEvent.objects.filter(pk=event.pk).delete(),
    ],
    ids=["save", "delete", "update of many", "delete of many"],
)
def test_the_history_of_an_order_is_neither_changed_nor_deleted(rewrite):
    event = place_order().events.get()

    with pytest.raises(WrittenOnce):
        rewrite(event)

    assert OrderEvent.objects.get().text == ""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders_orderevent SET text = 'never'",
        pytest.param("DELETE FROM orders_orderevent", marks=pytest.mark.postgres),
    ],
)
def test_the_database_refuses_to_rewrite_the_history_of_an_order(statement):
    place_order()

    with (
        pytest.raises(IntegrityError, match="written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_history_outlives_the_member_of_staff_who_wrote_it():
    order, staff = order_in(CONFIRMED), StaffFactory()
    order.ship(actor=staff)

    staff.delete()

    assert (order.events.last().kind, order.events.last().actor) == ("shipped", None)
