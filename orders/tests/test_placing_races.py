"""Many shoppers, or one impatient one, at the same moment. Every test has a control: what happens without the guard."""

from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, transaction

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, StockMovement
from bookstore.catalog.models.stock import StockKeeping
from bookstore.testing.threads import PATIENCE, at_once
from cart.models import Cart
from orders import endings, placing
from orders.factories import DeliveryMethodFactory, filled_cart, place_order
from orders.models import Order
from orders.placing import NotAvailable

from .ledger import books_add_up

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SHOPPERS, COPIES, CLICKS, ROUNDS = 50, 5, 10, 20


def placed(cart, delivery):
    return lambda: place_order(cart=Cart.objects.get(pk=cart.pk), delivery=delivery)


def without_locks(monkeypatch, shoppers):
    """Everybody looks before anybody takes."""
    everybody_has_looked = Barrier(shoppers)

    def look(cart):
        lines = list(cart.lines.select_related("book"))
        everybody_has_looked.wait(PATIENCE)
        return lines

    monkeypatch.setattr(placing, "_locked_lines", look)


def take_what_was_seen(monkeypatch):
    """Taking writes the stock that was read before, as careless code does."""
    seen = Barrier(SHOPPERS)

    def take(self, quantities, *, order_id):
        stock = dict(Book.objects.filter(pk__in=quantities).values_list("pk", "stock"))
        seen.wait(PATIENCE)
        for pk, copies in quantities.items():
            Book.objects.filter(pk=pk).update(stock=stock[pk] - copies)
            StockMovement.objects.create(book_id=pk, delta=-copies, reason="held", order_id=order_id)

    monkeypatch.setattr(StockKeeping, "take", take)


def test_fifty_shoppers_and_five_copies_make_five_orders():
    book, delivery = BookFactory(stock=COPIES), DeliveryMethodFactory()
    carts = [filled_cart(book) for _ in range(SHOPPERS)]

    outcomes = at_once(*[placed(cart, delivery) for cart in carts], raising=NotAvailable)

    assert sum(isinstance(outcome, Order) for outcome in outcomes) == COPIES
    assert sum(isinstance(outcome, NotAvailable) for outcome in outcomes) == SHOPPERS - COPIES
    assert Order.objects.count() == COPIES
    assert Book.objects.get().stock == 0
    assert books_add_up()


def test_control_without_lock_and_guard_the_shop_oversells(monkeypatch):
    book, delivery = BookFactory(stock=COPIES), DeliveryMethodFactory()
    carts = [filled_cart(book) for _ in range(SHOPPERS)]
    without_locks(monkeypatch, SHOPPERS)
    take_what_was_seen(monkeypatch)

    outcomes = at_once(*[placed(cart, delivery) for cart in carts], raising=Exception)

    assert sum(isinstance(outcome, Order) for outcome in outcomes) > COPIES
    assert not books_add_up()


def test_ten_clicks_at_once_make_one_order_and_all_are_led_to_it():
    cart, delivery = filled_cart(), DeliveryMethodFactory()

    outcomes = at_once(*[placed(cart, delivery)] * CLICKS)

    assert set(outcomes) == {Order.objects.get()}
    assert books_add_up()


def test_control_without_the_lock_clicks_end_in_errors(monkeypatch):
    without_locks(monkeypatch, CLICKS)

    def errors():
        cart, delivery = filled_cart(), DeliveryMethodFactory()
        outcomes = at_once(*[placed(cart, delivery)] * CLICKS, raising=IntegrityError)
        refused = [outcome for outcome in outcomes if isinstance(outcome, IntegrityError)]  # others came late
        assert Order.objects.filter(cart=cart).count() == 1, "the unique constraint is the last net"
        return len(refused)

    assert any(errors() for _ in range(ROUNDS))


def test_orders_are_placed_while_others_for_the_same_books_expire():
    """Both want the same rows, named in opposite order: nobody waits for good."""
    first, second = BookFactory.create_batch(2, stock=2)
    delivery = DeliveryMethodFactory()
    for _ in range(ROUNDS):
        old = [place_order(*books, delivery=delivery) for books in ((first, second), (second, first))]
        new = [filled_cart(second, first), filled_cart(first, second)]

        outcomes = at_once(
            *[lambda order=order: endings.cancel(order, Order.CancelReason.EXPIRED) for order in old],
            *[placed(cart, delivery) for cart in new],
            raising=NotAvailable,
        )

        assert [order.status for order in outcomes[:2]] == ["CANCELED"] * 2
        for order in Order.objects.filter(status=Order.Status.PENDING):
            endings.cancel(order, Order.CancelReason.EXPIRED)
        assert set(Book.objects.values_list("stock", flat=True)) == {2}
    assert books_add_up()


def test_control_without_one_sequence_of_locks_two_orders_wait_for_each_other_for_good():
    first, second = BookFactory.create_batch(2, stock=2)
    both_hold_one = Barrier(2)

    def take(*books):
        with transaction.atomic():
            Book.objects.take({books[0].pk: 1}, order_id=uuid4())
            both_hold_one.wait(PATIENCE)
            Book.objects.take({books[1].pk: 1}, order_id=uuid4())

    outcomes = at_once(lambda: take(first, second), lambda: take(second, first), raising=OperationalError)

    (victim,) = [outcome for outcome in outcomes if outcome is not None]
    assert "deadlock detected" in str(victim)
