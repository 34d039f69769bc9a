"""Adding, changing, removing and putting back, through the pages."""

import pytest
from django.urls import reverse

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from cart.factories import CartLineFactory
from cart.models import Cart, CartLine
from cart.session import GUEST_CART

pytestmark = pytest.mark.django_db

ACTIONS = ["cart:add", "cart:change", "cart:remove"]


def send(client, action, book, **data):
    return client.post(reverse(action, args=[book if isinstance(book, int) else book.pk]), data, follow=True)


def told(response):
    return [str(message) for message in response.context["messages"]]


def quantities():
    return dict(CartLine.objects.values_list("book", "quantity"))


@pytest.fixture
def book():
    return BookFactory(title="Emma", stock=5)


# -- Adding -------------------------------------------------------------------------------------------------------


def test_a_guest_adds_a_book_and_sees_it_in_the_cart(client, book):
    response = send(client, "cart:add", book)

    assert response.redirect_chain == [("/cart/", 302)]
    assert told(response) == ["“Emma” is in your cart."]
    assert quantities() == {book.pk: 1}


def test_a_guests_second_book_joins_the_first(client, book):
    other = BookFactory()

    send(client, "cart:add", book)
    send(client, "cart:add", other, quantity=2)

    assert Cart.objects.count() == 1
    assert quantities() == {book.pk: 1, other.pk: 2}


def test_a_users_cart_belongs_to_the_user(client, book):
    user = UserFactory()
    client.force_login(user)

    send(client, "cart:add", book)

    assert user.cart.lines.get().book == book


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        ("-1", "Enter a number from 1."),
        ("0", "Enter a number from 1."),
        ("abc", "Enter the number of copies in figures, like 2."),
        ("1.5", "Enter the number of copies in figures, like 2."),
        (str(10**9), "You can order up to 99 copies of a book at once."),
        (str(10**30), "You can order up to 99 copies of a book at once."),
    ],
)
def test_a_quantity_that_makes_no_sense_is_not_added(client, book, quantity, message):
    response = send(client, "cart:add", book, quantity=quantity)

    assert response.redirect_chain == [(book.get_absolute_url(), 302)]
    assert told(response) == [f"“Emma”: {message}"]
    assert quantities() == {}


def test_an_empty_quantity_means_one(client, book):
    send(client, "cart:add", book, quantity="")

    assert quantities() == {book.pk: 1}


def test_more_than_there_is_is_not_added(client, book):
    send(client, "cart:add", book, quantity=3)

    response = send(client, "cart:add", book, quantity=3)

    assert told(response) == ["We have only 5 copies of “Emma”."]
    assert quantities() == {book.pk: 3}


def test_a_book_that_is_sold_out_is_not_added(client):
    response = send(client, "cart:add", BookFactory(title="Emma", stock=0))

    assert told(response) == ["“Emma” is sold out at the moment."]
    assert quantities() == {}


def test_a_book_that_is_not_shown_cannot_be_added(client):
    response = send(client, "cart:add", BookFactory(active=False))

    assert response.status_code == 404
    assert quantities() == {}


# -- Changing -----------------------------------------------------------------------------------------------------


def test_the_quantity_changes(client, book):
    send(client, "cart:add", book)

    response = send(client, "cart:change", book, quantity=4)

    assert told(response) == ["Your cart holds 4 copies of “Emma”."]
    assert quantities() == {book.pk: 4}


@pytest.mark.parametrize("quantity", ["-1", "abc", "", "1e3", str(10**9), str(10**30)])
def test_a_quantity_that_makes_no_sense_changes_nothing(client, book, quantity):
    send(client, "cart:add", book, quantity=2)

    response = send(client, "cart:change", book, quantity=quantity)

    assert told(response)[0].startswith("“Emma”: ")
    assert quantities() == {book.pk: 2}


def test_a_change_without_a_quantity_changes_nothing(client, book):
    send(client, "cart:add", book, quantity=2)

    response = send(client, "cart:change", book)

    assert told(response) == ["“Emma”: Enter how many copies you would like."]
    assert quantities() == {book.pk: 2}


def test_more_than_there_is_changes_nothing(client, book):
    send(client, "cart:add", book)

    response = send(client, "cart:change", book, quantity=6)

    assert told(response) == ["We have only 5 copies of “Emma”."]
    assert quantities() == {book.pk: 1}


@pytest.mark.parametrize("action", ["cart:change", "cart:remove"])
def test_a_book_that_left_the_cart_in_another_tab_is_said_to_be_gone(client, book, action):
    response = send(client, action, book, quantity=2)

    assert told(response) == ["“Emma” is no longer in your cart."]
    assert quantities() == {}


# -- Removing, and putting back -----------------------------------------------------------------------------------


def test_a_removed_book_can_be_put_back_with_its_copies(client, book):
    send(client, "cart:add", book, quantity=3)

    response = send(client, "cart:remove", book)

    assert quantities() == {}
    assert "“Emma” was removed." in response.content.decode()
    assert response.context["undo"] == {"book": book, "copies": 3}

    response = send(client, "cart:add", book, quantity=response.context["undo"]["copies"])

    assert quantities() == {book.pk: 3}


def test_no_copies_is_the_same_as_removing(client, book):
    send(client, "cart:add", book)

    response = send(client, "cart:change", book, quantity=0)

    assert quantities() == {}
    assert response.context["undo"]["book"] == book


def test_a_book_that_is_back_is_not_offered_again(client, book):
    send(client, "cart:add", book)

    response = client.get("/cart/", {"removed": book.pk, "copies": 1})

    assert response.context["undo"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"removed": "x", "copies": 1},
        {"removed": 10**30, "copies": 1},
        {"removed": 1, "copies": -1},
        {"removed": 1},
    ],
)
def test_an_address_made_up_offers_nothing(client, query):
    response = client.get("/cart/", query)

    assert response.status_code == 200
    assert response.context["undo"] is None


def test_a_book_that_sold_out_meanwhile_is_not_offered_back(client, book):
    Book.objects.update(stock=0)

    response = client.get("/cart/", {"removed": book.pk, "copies": 1})

    assert "Put it back" not in response.content.decode()


# -- For every action ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS)
def test_looking_changes_nothing(client, book, action):
    assert client.get(reverse(action, args=[book.pk])).status_code == 405
    assert quantities() == {}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("missing", [999_999, 10**30])
def test_a_book_that_does_not_exist_is_not_found(client, action, missing):
    assert send(client, action, missing, quantity=1).status_code == 404


@pytest.mark.parametrize("action", ["cart:change", "cart:remove"])
@pytest.mark.parametrize("owner", [None, "a user"])
def test_another_visitors_cart_stays_as_it_is(client, action, owner):
    theirs = CartLineFactory(cart__user=UserFactory() if owner else None)
    client.force_login(UserFactory())

    send(client, action, theirs.book, quantity=5)

    assert quantities() == {theirs.book.pk: 1}


@pytest.mark.parametrize("action", ["cart:change", "cart:remove"])
def test_a_session_that_names_a_users_cart_cannot_change_it(client, action):
    theirs = CartLineFactory(cart__user=UserFactory())
    session = client.session
    session[GUEST_CART] = theirs.cart.pk
    session.save()

    send(client, action, theirs.book, quantity=5)

    assert quantities() == {theirs.book.pk: 1}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_form_without_its_token_is_refused_in_plain_words(book, action):
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post(reverse(action, args=[book.pk]))

    assert response.status_code == 403
    assert "Please send that again" in response.content.decode()
    assert quantities() == {}
