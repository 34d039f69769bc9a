"""Placing once more from the same cart: the same order answers, another one takes its place."""

from decimal import Decimal

import pytest
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from orders.factories import ADDRESS, DeliveryMethodFactory, filled_cart, place_order
from orders.models import Order
from orders.placing import OtherOrderOpen, PriceChanged
from payments.models import Payment

from .ledger import books_add_up

pytestmark = pytest.mark.django_db


def test_a_second_press_of_the_button_answers_the_same_order(delivery):
    cart = filled_cart(BookFactory(stock=3))

    first = place_order(cart=cart, delivery=delivery)
    second = place_order(cart=cart, delivery=delivery)

    assert second.pk == first.pk
    assert Payment.objects.count() == 1
    assert Book.objects.get().stock == 2


def test_a_second_press_works_for_the_last_copy_too(delivery):
    cart = filled_cart(BookFactory(stock=1))

    first = place_order(cart=cart, delivery=delivery)

    assert place_order(cart=cart, delivery=delivery).pk == first.pk


def test_a_second_press_after_a_price_has_changed_answers_the_order_at_its_own_price(delivery):
    book = BookFactory(price=Decimal("10.00"))
    cart = filled_cart(book)
    first = place_order(cart=cart, delivery=delivery)
    Book.objects.update(price=Decimal("12.00"))

    second = place_order(cart=cart, delivery=delivery, agreed_total=Decimal("12.95"))

    assert second.pk == first.pk
    assert second.total == Decimal("12.95")


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "other@example.com"},
        {"address": ADDRESS.__class__(**(ADDRESS.__dict__ | {"city": "York"}))},
    ],
    ids=["e-mail", "address"],
)
def test_an_unpaid_order_that_says_something_else_must_be_canceled_first(changes, delivery):
    cart = filled_cart()
    first = place_order(cart=cart, delivery=delivery)

    with pytest.raises(OtherOrderOpen) as refusal:
        place_order(cart=cart, delivery=delivery, **changes)

    assert refusal.value.order == first
    assert Order.objects.get() == first


def test_a_changed_cart_is_another_order(delivery):
    cart = filled_cart(BookFactory(stock=9))
    place_order(cart=cart, delivery=delivery)
    cart.lines.update(quantity=2)
    del cart.lines_with_books

    with pytest.raises(OtherOrderOpen):
        place_order(cart=cart, delivery=delivery)

    assert books_add_up()


def test_another_way_of_delivery_at_the_same_price_is_another_order(delivery):
    cart = filled_cart()
    place_order(cart=cart, delivery=delivery)

    with pytest.raises(OtherOrderOpen):
        place_order(cart=cart, delivery=DeliveryMethodFactory())


def test_an_order_whose_hold_has_run_out_is_not_answered_again(delivery):
    cart = filled_cart()
    stale = place_order(cart=cart, delivery=delivery)
    Order.objects.update(hold_expires_at=timezone.now())

    with pytest.raises(OtherOrderOpen) as refusal:
        place_order(cart=cart, delivery=delivery)

    assert refusal.value.order == stale


def test_after_an_order_was_canceled_the_same_cart_makes_a_new_one(delivery):
    cart = filled_cart(BookFactory(stock=1))
    first = place_order(cart=cart, delivery=delivery)
    first.cancel()

    second = place_order(cart=cart, delivery=delivery)

    assert second.number != first.number
    assert Order.objects.count() == 2
    assert books_add_up()


def test_an_old_page_in_another_tab_does_not_end_the_order_that_is_open(delivery):
    cart = filled_cart(BookFactory(price=Decimal("10.00")))
    order = place_order(cart=cart, delivery=delivery)

    with pytest.raises(PriceChanged):
        place_order(cart=cart, delivery=delivery, agreed_total=Decimal("8.00"))

    order.refresh_from_db()
    assert order.is_pending
