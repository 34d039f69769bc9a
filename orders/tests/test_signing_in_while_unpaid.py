"""A guest orders, and signs in before paying: it stays one order, found by the next checkout and by the account."""

import pytest
from django.db import IntegrityError

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from cart.factories import CartFactory
from cart.models import Cart
from orders.factories import place_order
from orders.models import Order

pytestmark = pytest.mark.django_db


def sign_in(user, order):
    users_cart = Cart.objects.get_or_create(user=user)[0]
    users_cart.merge(Cart.objects.get(pk=order.cart_id))
    order.refresh_from_db()
    return users_cart


def test_the_unpaid_order_goes_with_the_books():
    order, user = place_order(), UserFactory()

    users_cart = sign_in(user, order)

    assert order.cart == users_cart
    assert list(Order.objects.of_user(user)) == [order]


def test_checking_out_again_leads_to_the_same_order():
    order, user = place_order(), UserFactory()

    users_cart = sign_in(user, order)
    again = place_order(cart=users_cart, user=user, delivery=order.delivery_method)

    assert again == order
    assert Order.objects.count() == 1


def test_the_last_copies_stay_with_the_one_who_holds_them():
    book, user = BookFactory(stock=2), UserFactory()
    order = place_order(book, quantity=2)

    users_cart = sign_in(user, order)

    assert users_cart.lines.get().quantity == 2
    assert Order.objects.short_lines(users_cart) == []


def test_a_user_who_has_an_unpaid_order_keeps_it(caplog):
    user = UserFactory()
    own, as_guest = place_order(user=user), place_order()

    sign_in(user, as_guest)

    own.refresh_from_db()
    assert own.cart == user.cart
    assert as_guest.cart != user.cart
    assert "stays with its cart" not in caplog.text


def test_signing_in_works_even_if_the_user_places_an_order_at_that_moment(monkeypatch, caplog):
    order, users_cart = place_order(), CartFactory(user=UserFactory())
    monkeypatch.setattr("django.db.models.query.QuerySet.update", _refused(Order))

    users_cart.merge(Cart.objects.get(pk=order.cart_id))

    order.refresh_from_db()
    assert order.cart != users_cart
    assert "stays with its cart" in caplog.text


def _refused(model):
    from django.db.models.query import QuerySet

    update = QuerySet.update

    def refusing(self, **values):
        if self.model is model and "cart" in values:
            raise IntegrityError("order_pending_is_one_per_cart")
        return update(self, **values)

    return refusing
