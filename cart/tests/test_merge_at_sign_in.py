"""What a guest chose is there after sign-in and sign-up."""

import pytest
from django.urls import reverse

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.accounts.models import User
from bookstore.catalog.factories import BookFactory
from cart.factories import CartFactory, CartLineFactory
from cart.models import Cart
from cart.session import GUEST_CART

pytestmark = pytest.mark.django_db


def put(client, book, quantity=1):
    client.post(reverse("cart:add", args=[book.pk]), {"quantity": quantity}, follow=True)


def sign_in(client, user):
    return client.post(
        reverse("accounts:sign_in"),
        {"username": user.email, "password": PASSWORD, "next": "/cart/"},
        follow=True,
    )


def told(response):
    return [str(message) for message in response.context["messages"]]


def contents(cart):
    return dict(cart.lines.values_list("book", "quantity"))


def test_a_guests_books_join_the_users(client):
    mine, theirs = BookFactory.create_batch(2)
    user = CartLineFactory(cart__user=UserFactory(), book=mine).cart.user
    put(client, theirs, 2)

    response = sign_in(client, user)

    assert contents(user.cart) == {mine.pk: 1, theirs.pk: 2}
    assert told(response) == []
    assert GUEST_CART not in client.session


def test_a_user_without_a_cart_keeps_what_the_guest_chose(client):
    user, book = UserFactory(), BookFactory()
    put(client, book)

    sign_in(client, user)

    assert contents(user.cart) == {book.pk: 1}


def test_a_guest_without_a_cart_finds_the_users(client):
    line = CartLineFactory(cart__user=UserFactory())

    response = sign_in(client, line.cart.user)

    assert contents(line.cart) == {line.book.pk: 1}
    assert line.book.title in response.content.decode()


def test_nobody_gets_a_cart_just_by_signing_in(client):
    sign_in(client, UserFactory())

    assert not Cart.objects.exists()


def test_a_new_account_starts_with_the_guests_books(client):
    book = BookFactory()
    put(client, book, 2)

    client.post(reverse("accounts:sign_up"), {"email": "new@example.com", "password": PASSWORD})

    assert contents(User.objects.get().cart) == {book.pk: 2}


def test_more_than_the_shop_has_is_capped_and_said(client):
    book = BookFactory(title="Emma", stock=3)
    user = CartLineFactory(cart__user=UserFactory(), book=book, quantity=2).cart.user
    put(client, book, 2)

    response = sign_in(client, user)

    assert contents(user.cart) == {book.pk: 3}
    assert told(response) == [
        "Your cart now holds 3 copies of “Emma”, fewer than you chose: there are no more just now."
    ]


def test_a_book_that_sold_out_meanwhile_is_said(client):
    book = BookFactory(title="Emma", stock=3)
    user = UserFactory()
    put(client, book, 2)
    type(book).objects.update(stock=0)

    response = sign_in(client, user)

    assert "“Emma” has sold out since you chose it." in response.content.decode()


def test_only_the_cart_of_this_session_is_merged(client):
    other_guest = CartLineFactory()
    user = UserFactory()
    put(client, BookFactory())

    sign_in(client, user)

    assert other_guest.book.pk not in contents(user.cart)
    assert contents(other_guest.cart) == {other_guest.book.pk: 1}


def test_a_session_that_names_another_users_cart_takes_nothing_from_it(client):
    theirs = CartLineFactory(cart__user=UserFactory())
    session = client.session
    session[GUEST_CART] = theirs.cart.pk
    session.save()

    sign_in(client, UserFactory())

    assert contents(theirs.cart) == {theirs.book.pk: 1}


def test_a_wrong_password_leaves_the_guests_cart_alone(client):
    book, user = BookFactory(), UserFactory()
    put(client, book)

    client.post(reverse("accounts:sign_in"), {"username": user.email, "password": "wrong"})

    assert contents(Cart.objects.get(user=None)) == {book.pk: 1}
    assert GUEST_CART in client.session


def test_after_signing_out_the_next_visitor_has_no_cart(client):
    line = CartLineFactory(cart=CartFactory(user=UserFactory()))
    client.force_login(line.cart.user)

    client.post(reverse("accounts:sign_out"))

    assert "Your cart is empty" in client.get("/cart/").content.decode()
    assert contents(line.cart) == {line.book.pk: 1}


def test_the_message_counts_one_copy_as_one(client):
    book = BookFactory(title="Emma", stock=1)
    user = CartLineFactory(cart__user=UserFactory(), book=book).cart.user
    put(client, book)

    response = sign_in(client, user)

    assert told(response) == [
        "Your cart now holds 1 copy of “Emma”, fewer than you chose: there are no more just now."
    ]


def test_a_book_that_both_carts_hold_and_that_sold_out_is_said(client):
    book = BookFactory(title="Emma", stock=3)
    user = CartLineFactory(cart__user=UserFactory(), book=book).cart.user
    put(client, book)
    type(book).objects.update(stock=0)

    response = sign_in(client, user)

    assert told(response) == ["“Emma” in your cart has sold out."]


def test_a_cart_that_was_looked_at_before_shows_what_came_in_since():
    users, theirs = CartFactory(user=UserFactory()), CartLineFactory(quantity=2)
    assert users.copies == 0

    users.merge(theirs.cart)

    assert users.copies == 2
