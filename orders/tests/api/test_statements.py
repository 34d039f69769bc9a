"""How many SQL statements an answer takes, and that a list takes no more of them when it is longer."""

import pytest
from django.core.cache import cache

from bookstore.catalog.factories import BookFactory
from cart.factories import CartFactory, CartLineFactory
from orders.factories import DeliveryMethodFactory, filled_cart, place_order
from orders.models import DeliveryMethod
from payments.models import Installation

SIGNED_IN = 1  # the token's holder


@pytest.fixture
def cart(ada):
    cart = CartFactory(user=ada)
    CartLineFactory(cart=cart)
    return cart


def test_the_cart(program, cart, django_assert_num_queries):
    CartLineFactory.create_batch(5, cart=cart)

    with django_assert_num_queries(SIGNED_IN + 2):  # cart, lines with books
        assert len(program.send("GET", "/api/cart").json()["lines"]) == 6


def test_adding_to_the_cart(program, cart, django_assert_num_queries):
    isbn13 = BookFactory().isbn13

    with django_assert_num_queries(SIGNED_IN + 11):
        assert program.send("POST", "/api/cart/lines", {"isbn13": isbn13}).status_code == 201


def test_changing_the_cart(program, cart, django_assert_num_queries):
    isbn13 = cart.lines.get().book.isbn13

    with django_assert_num_queries(SIGNED_IN + 12):
        assert program.send("PUT", f"/api/cart/lines/{isbn13}", {"quantity": 2}).status_code == 200


def test_removing_from_the_cart(program, cart, django_assert_num_queries):
    isbn13 = cart.lines.get().book.isbn13

    with django_assert_num_queries(SIGNED_IN + 7):
        assert program.send("DELETE", f"/api/cart/lines/{isbn13}").status_code == 200


@pytest.mark.parametrize("orders", [1, 15])
def test_the_list_of_orders_whatever_their_number(program, ada, orders, django_assert_num_queries):
    for _ in range(orders):
        place_order(cart=filled_cart(BookFactory(), BookFactory()), user=ada)

    with django_assert_num_queries(SIGNED_IN + 3):  # count, orders, lines
        assert program.send("GET", "/orders").json()["total"] == orders


@pytest.mark.parametrize("lines", [1, 8])
def test_one_order_whatever_its_lines(program, ada, lines, django_assert_num_queries):
    order = place_order(*BookFactory.create_batch(lines), user=ada)

    with django_assert_num_queries(SIGNED_IN + 2):
        assert len(program.send("GET", f"/orders/{order.pk}").json()["lines"]) == lines


def test_a_payment(program, order, django_assert_num_queries):
    with django_assert_num_queries(SIGNED_IN + 1):
        assert program.send("GET", f"/orders/{order.pk}/payment").status_code == 200


def test_opening_a_payment(program, order, stripe, django_assert_num_queries):
    Installation.ours()  # named when the database was made; a test may have emptied it
    with django_assert_num_queries(SIGNED_IN + 10):
        assert program.send("POST", f"/orders/{order.pk}/payment").status_code == 200


@pytest.mark.parametrize("lines", [1, 8])
def test_placing_an_order_takes_as_many_statements_for_each_book(
    program, ada, lines, django_assert_max_num_queries
):
    """Copies of a book are taken one book after the other, so that no two orders wait for each other."""
    CartLineFactory.create_batch(lines, cart=CartFactory(user=ada))
    wanted = {
        "shippingAddress": {"fullName": "Ada", "line1": "12 Lane", "city": "Leeds", "country": "GB"},
        "deliveryMethodId": DeliveryMethodFactory().pk,
        "agreedTotal": round(lines * 9.99 + 2.95, 2),
    }

    with django_assert_max_num_queries(SIGNED_IN + 15 + 2 * lines):
        assert program.send("POST", "/orders", wanted).status_code == 201


@pytest.mark.parametrize("books", [1, 24])
def test_the_list_of_books_whatever_their_number(api, books, django_assert_num_queries):
    BookFactory.create_batch(books)
    cache.clear()

    with django_assert_num_queries(2):  # subjects, books with their total
        assert api().send("GET", "/api/books").json()["total"] == books
    with django_assert_num_queries(1):  # subjects and total are known for a minute
        assert len(api().send("GET", "/api/books").json()["books"]) == books


def test_one_book(api, django_assert_num_queries):
    isbn13 = BookFactory().isbn13

    with django_assert_num_queries(1):
        assert api().send("GET", f"/api/books/{isbn13}").status_code == 200


def test_the_ways_of_delivery(api, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer = api().send("GET", "/api/delivery-methods")

    assert len(answer.json()["deliveryMethods"]) == DeliveryMethod.objects.count()
