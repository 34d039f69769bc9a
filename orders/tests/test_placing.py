"""Placing an order: what was agreed is frozen, the books are held, the cart is kept; or nothing happens at all."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, StockMovement
from cart.factories import CartFactory, CartLineFactory
from cart.models import Cart
from orders.factories import DeliveryMethodFactory, filled_cart, place_order
from orders.models import Order
from orders.placing import EmptyCart, NotAvailable, PriceChanged
from payments.models import Payment

pytestmark = pytest.mark.django_db


def test_an_order_freezes_what_was_agreed():
    user = UserFactory()
    book = BookFactory(title="Emma", price=Decimal("7.50"))
    order = place_order(book, user=user, quantity=2, delivery=DeliveryMethodFactory(name="Express"))

    Book.objects.update(title="Changed", price=Decimal("99.00"))

    order.refresh_from_db()
    line = order.lines.get()
    assert (line.title, line.isbn13, line.unit_price, line.quantity) == (
        "Emma",
        book.isbn13,
        Decimal("7.50"),
        2,
    )
    assert (order.subtotal, order.delivery_price, order.tax, order.total) == (
        Decimal("15.00"),
        Decimal("2.95"),
        Decimal("0.00"),
        Decimal("17.95"),
    )
    assert (order.user, order.email, order.full_name, order.country) == (
        user,
        "ada@example.com",
        "Ada Reader",
        "GB",
    )
    assert (order.delivery_name, order.currency, order.status) == ("Express", "gbp", Order.Status.PENDING)


def test_an_order_holds_its_books_and_leaves_the_cart_alone(settings):
    book = BookFactory(stock=5)
    cart = filled_cart(book, quantity=2)

    order = place_order(cart=cart)

    book.refresh_from_db()
    assert book.stock == 3
    assert book.movements.get(order_id=order.pk).reason == StockMovement.Reason.HELD
    assert cart.lines.get().quantity == 2
    hold = order.hold_expires_at - timezone.now()
    assert timedelta(minutes=29) < hold <= timedelta(minutes=settings.ORDER_HOLD_MINUTES)


def test_an_order_comes_with_its_payment_and_the_first_line_of_its_history():
    order = place_order()

    assert (order.payment.amount, order.payment.currency) == (order.total, "gbp")
    assert order.payment.status == Payment.Status.PENDING
    assert [event.kind for event in order.events.all()] == ["placed"]


def test_delivery_is_free_from_the_amount_that_staff_set():
    delivery = DeliveryMethodFactory(price=Decimal("2.95"), free_above=Decimal("19.98"))

    below = place_order(BookFactory(price=Decimal("19.97")), delivery=delivery)
    at_it = place_order(BookFactory(price=Decimal("19.98")), delivery=delivery)

    assert (below.delivery_price, below.total) == (Decimal("2.95"), Decimal("22.92"))
    assert (at_it.delivery_price, at_it.total) == (Decimal("0.00"), Decimal("19.98"))


def test_only_the_total_that_the_shopper_saw_is_ever_charged():
    cart = filled_cart(BookFactory(price=Decimal("10.00"), stock=4))
    Book.objects.update(price=Decimal("12.00"))

    with pytest.raises(PriceChanged) as change:
        place_order(cart=cart, agreed_total=Decimal("12.95"))

    assert change.value.quote.total == Decimal("14.95")
    assert not Order.objects.exists()
    assert Book.objects.get().stock == 4


def test_too_few_copies_of_one_book_leave_all_books_on_the_shelf():
    plenty, scarce = BookFactory(stock=9), BookFactory(stock=1)
    cart = filled_cart(plenty, scarce, quantity=2)

    with pytest.raises(NotAvailable) as shortage:
        place_order(cart=cart)

    assert [(line.book, line.available) for line in shortage.value.lines] == [(scarce, 1)]
    assert not Order.objects.exists()
    assert sorted(Book.objects.values_list("stock", flat=True)) == [1, 9]


def test_a_book_taken_off_the_shelves_cannot_be_ordered():
    book = BookFactory(stock=5)
    cart = filled_cart(book)
    Book.objects.update(active=False)

    with pytest.raises(NotAvailable) as shortage:
        place_order(cart=cart)

    assert [line.available for line in shortage.value.lines] == [0]


def test_ninety_nine_copies_can_be_ordered():
    order = place_order(BookFactory(stock=100), quantity=99)

    assert order.total == Decimal("991.96")
    assert Book.objects.get().stock == 1


def test_an_empty_cart_is_no_order():
    with pytest.raises(EmptyCart):
        place_order(cart=CartFactory())


def test_a_cart_that_is_gone_is_no_order():
    cart = filled_cart()
    Cart.objects.all().delete()

    with pytest.raises(EmptyCart):
        place_order(cart=cart)

    assert not Order.objects.exists()


def test_a_cart_whose_books_went_to_the_users_cart_at_sign_in_is_no_order():
    cart = filled_cart()
    CartFactory(user=UserFactory()).merge(cart)

    with pytest.raises(EmptyCart):
        place_order(cart=cart)


def test_a_book_added_after_the_order_was_placed_is_not_part_of_it(delivery):
    order = place_order(delivery=delivery)

    CartLineFactory(cart=order.cart)

    assert order.lines.count() == 1
