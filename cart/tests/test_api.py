"""A user's cart as programs see it."""

import pytest

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.api import refusal
from cart.factories import CartFactory, CartLineFactory
from cart.models import Cart

LINES = "/api/cart/lines"


@pytest.fixture
def ada(db):
    return UserFactory()


@pytest.fixture
def program(api, ada):
    return api(ada)


def test_a_new_users_cart_is_empty(program):
    assert program.send("GET", "/api/cart").json() == {"lines": [], "subtotal": 0}


def test_a_line_tells_prices_and_what_can_be_had(program, ada):
    line = CartLineFactory(cart=CartFactory(user=ada), quantity=3, price_when_added="8.50")
    line.book.__class__.objects.filter(pk=line.book.pk).update(stock=2, price="9.90")

    answer = program.send("GET", "/api/cart")

    assert answer.json()["lines"] == [
        {
            "isbn13": line.book.isbn13,
            "title": line.book.title,
            "quantity": 3,
            "price": 9.9,
            "priceWhenAdded": 8.5,
            "available": 2,
            "total": 29.7,
        }
    ]
    assert b'"subtotal": 29.70}' in answer.content
    assert b'"price": 9.90, "priceWhenAdded": 8.50' in answer.content


def test_adding_adds_to_what_is_there(program):
    book = BookFactory()
    program.send("POST", LINES, {"isbn13": book.isbn13})

    answer = program.send("POST", LINES, {"isbn13": book.isbn13, "quantity": 2})

    assert (answer.status_code, answer.json()["lines"][0]["quantity"]) == (201, 3)


@pytest.mark.parametrize("spelling", ["9781916040014", "978-1-916040-01-4", "978 1 916040 01 4", "191604001"])
def test_an_isbn_may_be_written_in_many_ways(program, spelling):
    BookFactory(isbn13="9781916040014")

    expected = 404 if spelling == "191604001" else 201  # a digit is missing

    assert program.send("POST", LINES, {"isbn13": spelling}).status_code == expected


def test_changing_sets_the_number(program):
    book = BookFactory()
    program.send("POST", LINES, {"isbn13": book.isbn13, "quantity": 5})

    for _ in range(2):
        answer = program.send("PUT", f"{LINES}/{book.isbn13}", {"quantity": 2})

    assert (answer.status_code, answer.json()["lines"][0]["quantity"]) == (200, 2)


def test_a_book_that_is_not_in_the_cart_can_be_put_there_by_number(program):
    answer = program.send("PUT", f"{LINES}/{BookFactory().isbn13}", {"quantity": 2})

    assert answer.json()["lines"][0]["quantity"] == 2


def test_removing_twice_is_removing(program):
    book, other = BookFactory(), BookFactory()
    for isbn13 in (book.isbn13, other.isbn13):
        program.send("POST", LINES, {"isbn13": isbn13})

    answers = [program.send("DELETE", f"{LINES}/{book.isbn13}") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [line["isbn13"] for line in answers[1].json()["lines"]] == [other.isbn13]


@pytest.mark.parametrize(("stock", "wanted"), [(3, 4), (0, 1)])
def test_more_than_there_is_cannot_be_had(program, stock, wanted):
    book = BookFactory(stock=stock)

    answers = [
        program.send("POST", LINES, {"isbn13": book.isbn13, "quantity": wanted}),
        program.send("PUT", f"{LINES}/{book.isbn13}", {"quantity": wanted}),
    ]

    assert [refusal(answer) for answer in answers] == [(409, "not_available")] * 2
    assert book.title in answers[0].json()["message"]
    assert program.send("GET", "/api/cart").json()["lines"] == []


@pytest.mark.parametrize(("method", "body"), [("PUT", {"quantity": 1}), ("DELETE", None)])
@pytest.mark.parametrize("isbn", ["9789999999991", "nonsense", "978191604001X"])
def test_a_book_that_the_shop_has_not_is_not_found(program, method, body, isbn):
    assert refusal(program.send(method, f"{LINES}/{isbn}", body)) == (404, "not_found")


@pytest.mark.parametrize("quantity", [0, -1, 100, "1", 1.5, None, True, [1]])
def test_a_number_of_copies_that_cannot_be_is_refused(program, quantity):
    answer = program.send("PUT", f"{LINES}/{BookFactory().isbn13}", {"quantity": quantity})

    assert refusal(answer) == (400, "invalid_input")
    assert answer.json()["fields"].keys() == {"quantity"}


def test_everyone_has_their_own_cart(api, program, ada):
    book, other = BookFactory(), UserFactory()

    program.send("POST", LINES, {"isbn13": book.isbn13})
    api(other).send("DELETE", f"{LINES}/{book.isbn13}")

    assert Cart.objects.get(user=ada).lines.count() == 1
    assert api(other).send("GET", "/api/cart").json()["lines"] == []
