"""Books for programs."""

import pytest

from bookstore.catalog.factories import BookFactory, SubjectFactory
from bookstore.testing.api import refusal


@pytest.fixture
def program(api):
    return api()


def found(program, query=""):
    return [book["title"] for book in program.send("GET", f"/api/books{query}").json()["books"]]


def test_a_book_tells_what_a_client_shows_of_it(program):
    book = BookFactory(
        isbn13="9781916040014", title="Emma", contributors=["Jane Austen"], price="9.90", stock=3,
        subjects=[SubjectFactory(name="Fiction")], published_on="2016-06-09", first_published=1815, pages=320,
    )  # fmt: skip

    answer = program.send("GET", "/api/books/9781916040014")

    assert answer.json() == {
        "isbn13": "9781916040014",
        "slug": book.slug,
        "title": "Emma",
        "subtitle": "",
        "contributors": [{"name": "Jane Austen", "role": "author"}],
        "format": "paperback",
        "price": 9.9,
        "available": 3,
        "subjects": [{"name": "Fiction", "slug": "fiction"}],
        "publisher": "Endpapers Press",
        "publishedOn": "2016-06-09",
        "firstPublished": 1815,
        "pages": 320,
        "language": book.language,
        "description": book.description,
    }
    assert b'"price": 9.90,' in answer.content


@pytest.mark.parametrize("spelling", ["9781916040014", "978-1-916040-01-4", "1-916040-01-2"])
def test_a_book_is_found_by_any_spelling_of_its_isbn(program, spelling):
    BookFactory(isbn13="9781916040014")

    assert program.send("GET", f"/api/books/{spelling}").status_code == 200


@pytest.mark.parametrize("isbn", ["9789999999991", "emma", "9781916040015"])
def test_what_is_no_book_of_ours_is_not_found(program, isbn):
    assert refusal(program.send("GET", f"/api/books/{isbn}")) == (404, "not_found")


def test_a_book_that_is_not_for_sale_is_not_found(program):
    book = BookFactory(active=False)

    assert refusal(program.send("GET", f"/api/books/{book.isbn13}")) == (404, "not_found")
    assert found(program) == []


def test_books_are_searched_filtered_and_sorted(program):
    poetry = SubjectFactory(name="Poetry")
    BookFactory(title="Emma", price=5, format="hardback")
    BookFactory(title="Dubliners", price=7, stock=0)
    BookFactory(title="Sonnets", price=3, subjects=[poetry])

    assert found(program, "?q=emma") == ["Emma"]
    assert found(program, "?format=hardback") == ["Emma"]
    assert found(program, "?subject=poetry") == ["Sonnets"]
    assert found(program, "?sort=price") == ["Sonnets", "Emma", "Dubliners"]
    assert found(program, "?inStock=true&sort=title") == ["Emma", "Sonnets"]
    assert found(program, "?inStock=false&sort=title") == ["Dubliners", "Emma", "Sonnets"]
    assert found(program, "?q=") == ["Dubliners", "Emma", "Sonnets"]


def test_a_subject_that_the_shop_has_not_is_not_found(program):
    """Or the answer would be all books, as if nothing had been asked."""
    BookFactory()

    assert refusal(program.send("GET", "/api/books?subject=poetry")) == (404, "not_found")


def test_pages_end_somewhere(program):
    BookFactory.create_batch(25)

    first, second = (program.send("GET", f"/api/books?page={n}").json() for n in (1, 2))

    assert (first["total"], first["page"], first["pages"], len(first["books"])) == (25, 1, 2, 24)
    assert (second["page"], len(second["books"])) == (2, 1)
    assert refusal(program.send("GET", "/api/books?page=3")) == (404, "not_found")


def test_without_books_the_first_page_is_empty(program):
    assert program.send("GET", "/api/books").json() == {"books": [], "total": 0, "page": 1, "pages": 1}


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=100001", "page=1.0", "page=%D9%A3", "sort=best", "format=papyrus", "inStock=yes", "inStock=",
     "subject=no%20slug", "q=%00", "author=austen", "sort=title&sort=price", "q=" + "a" * 500],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(program, query):
    answer = program.send("GET", f"/api/books?{query}")

    assert refusal(answer) == (400, "invalid_input")
    assert answer.json()["fields"].keys() == {query.split("=")[0]}


@pytest.mark.parametrize("q", ["%FF", "%22", "'; --", "%25_", "%F0%9F%93%9A", "a" * 100, "(", "*", "\\"])
def test_whatever_is_searched_for_there_is_an_answer(program, q):
    assert program.send("GET", f"/api/books?q={q}").status_code == 200
