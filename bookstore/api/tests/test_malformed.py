"""What is not JSON, not for us or beyond all measure: refused, never a fault of ours."""

import json

import pytest
from django.test import Client, RequestFactory

from bookstore.accounts.factories import UserFactory
from bookstore.api.endpoint import LARGEST_BODY
from bookstore.catalog.factories import BookFactory
from bookstore.handler import Application, Request
from bookstore.testing.api import refusal
from cart.models import CartLine


@pytest.fixture
def program(api):
    return api(UserFactory())


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'isbn13': 1}",
        b'{"quantity": NaN}',
        b'{"quantity": Infinity}',
        b'{"quantity": -Infinity}',
        b'{"quantity": 1e999}',
        b'{"quantity": ' + b"9" * 5000 + b"}",
        b"[" * 20_000,
        b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
        b'{"isbn13": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"isbn13": "\xff\xfe"}',
        '{"isbn13": "ä"}'.encode("utf-16"),
        '{"isbn13": "ä"}'.encode("latin-1"),
        b'\xef\xbb\xbf{"isbn13": "x"}',
        b"\x00",
        b"isbn13=9781916040014",
        b" ",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_not_json_is_said_to_be_malformed(program, body):
    assert refusal(program.send("POST", "/api/cart/lines", body)) == (400, "malformed_body")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"text"',
        b"true",
        b"{}",
        b'{"isbn13": null}',
        b'{"isbn13": 9781916040014}',
        b'{"isbn13": {}}',
        b'{"isbn13": "\\u0000"}',
        b'{"isbn13": " "}',
        b'{"isbn13": "\\u0085"}',
        b'{"isbn13": "' + b"9" * 33 + b'"}',
    ]
    + [b'{"isbn13": "9781916040014", "quantity": %s}' % n for n in (b'"1"', b"1.5", b"0", b"-1", b"true", b"100")]
    + [b'{"isbn13": "9781916040014", "quantity": %s}' % n for n in (b"9" * 30, b"1e30", b"[]", b"{}", b"null")]
    + [b'{"isbn13": "9781916040014", "price": 0}', b'{"isbn13": "9781916040014", "cart": 2, "user": 1}'],
    ids=lambda body: repr(body[-28:]),
)  # fmt: skip
def test_what_does_not_fit_is_said_to_be_invalid(program, body):
    BookFactory(isbn13="9781916040014")

    answer = program.send("POST", "/api/cart/lines", body)

    assert refusal(answer) == (400, "invalid_input")
    assert all(answer.json()["fields"].values())
    assert not CartLine.objects.exists()


def test_a_number_is_a_number_however_it_is_written(program):
    """JSON knows one kind: 2.0 is 2."""
    book = BookFactory()

    answer = program.send("POST", "/api/cart/lines", f'{{"isbn13": "{book.isbn13}", "quantity": 2.0}}')

    assert answer.json()["lines"][0]["quantity"] == 2


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "x"],
)
def test_another_content_type_is_refused(program, content_type):
    answer = program.send("POST", "/api/cart/lines", "{}", Content_Type=content_type)

    assert refusal(answer) == (415, "unsupported_media_type")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "rot13", "hex", "idna", "undefined", "no such"])
def test_everything_is_utf_8_whatever_the_content_type_says(program, charset):
    """Served as web servers serve it: Django's test client knows requests of its own kind only."""
    body, said = json.dumps({"isbn13": BookFactory().isbn13}), []
    authorization = {"Authorization": program.defaults["HTTP_AUTHORIZATION"]}
    add = RequestFactory().post("/api/cart/lines", body, "application/json", headers=authorization).environ
    search = RequestFactory().get("/api/books?q=%C3%84rger").environ
    add["CONTENT_TYPE"] = search["CONTENT_TYPE"] = f"application/json; charset={charset}"

    added = b"".join(Application()(add, lambda status, headers: said.append(status)))
    found = Request(search).GET

    assert said == ["201 Created"], added
    assert found["q"] == "Ärger"


def test_a_body_has_its_limit(program):
    fits = json.dumps({"isbn13": "x"}).ljust(LARGEST_BODY)

    assert refusal(program.send("POST", "/api/cart/lines", fits)) == (404, "not_found")
    assert refusal(program.send("POST", "/api/cart/lines", fits + " ")) == (413, "body_too_large")
    assert refusal(program.send("POST", "/api/cart/lines", "x" * 5_000_000)) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/cart"),
        ("GET", "/api/books"),
        ("GET", "/orders"),
        ("DELETE", "/api/cart/lines/9781916040014"),
        ("POST", "/orders/0b0b1f0e-6d0c-4c53-9a53-6a1c0f6f0d5e/cancel"),
        ("POST", "/orders/0b0b1f0e-6d0c-4c53-9a53-6a1c0f6f0d5e/payment"),
    ],
)
def test_a_request_that_takes_no_input_refuses_it(program, method, path):
    assert refusal(program.send(method, path, {"amount": 1})) == (400, "invalid_input")
    assert refusal(program.send(method, f"{path}?amount=1")) == (400, "invalid_input")
    assert refusal(program.send(method, path, "[1]")) == (400, "invalid_input")
    assert refusal(program.send(method, path, "{")) == (400, "malformed_body")


def test_whatever_is_asked_for_the_answer_is_json(program):
    answer = program.send("GET", "/api/books", Accept="text/html;q=0.9, image/png")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/orders/x/y", "/orders/x/payment/y", "/api/books/1/2"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_address_that_leads_nowhere_says_so_in_json(program, method, path):
    assert refusal(program.send(method, path)) == (404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/orders/%00",
        "/orders/%0A",
        "/orders/%FF",
        "/api/books/%00",
        "/api/books/%ED%A0%80",
        "/orders/" + "٣" * 32,
    ],
)
def test_strange_characters_in_an_address_lead_nowhere(program, path):
    assert refusal(program.send("GET", path)) == (404, "not_found")


def test_a_fault_of_ours_is_told_in_the_shape_of_errors(program, monkeypatch, caplog):
    monkeypatch.setattr("bookstore.catalog.shelves.listed", lambda listing: 1 / 0)

    answer = program.send("GET", "/api/books")

    assert refusal(answer) == (500, "server_error")
    assert "ZeroDivisionError" in caplog.text
    assert "division" not in answer.content.decode()


def test_a_fault_of_ours_on_a_page_is_told_in_a_page(db, monkeypatch):
    monkeypatch.setattr("bookstore.catalog.shelves.listed", lambda listing: 1 / 0)

    answer = Client(raise_request_exception=False).get("/books/")

    assert (answer.status_code, answer["Content-Type"]) == (500, "text/html; charset=utf-8")
