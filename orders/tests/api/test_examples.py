"""The examples of the API's description are true: this is what it takes, and this is what it answers."""

import json
import re
from pathlib import Path

import pytest

import bookstore.catalog
from bookstore.accounts.factories import UserFactory
from bookstore.api import examples
from bookstore.catalog.loading import load

DIFFERS = (
    "id",
    "orderId",
    "paymentIntentId",
    "stripePaymentId",
    "clientSecret",
    "number",
    "access",
    "refresh",
)
SHAPES = {
    "moment": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "secret": r"pi_\w+_secret_\w+",
    "intent": r"pi_[A-Za-z0-9]+",
    "number": r"[2-9A-Z]{5}-[2-9A-Z]{5}-[2-9A-Z]{4}",
    "token": r"[\w-]+\.[\w-]+\.[\w-]+",
}


@pytest.fixture
def program(api, db):
    """Ada's, in a shop that has The Tempest, ways of delivery as a new shop has them, and nothing in her cart."""
    sample = json.loads((Path(bookstore.catalog.__file__).parent / "sample/books.json").read_text())
    load(sample | {"books": [book for book in sample["books"] if book["isbn13"] == examples.ISBN]})
    email, password = examples.CREDENTIALS.values()
    UserFactory(email=email, password=password)
    return api()


def test_the_story_of_the_examples_is_true(program, stripe):
    tokens = tell(program, "POST", "/api/auth/token", examples.CREDENTIALS, examples.TOKENS)
    tokens = tell(program, "POST", "/api/auth/token/refresh", {"refresh": tokens["refresh"]}, examples.TOKENS)
    program.defaults["HTTP_AUTHORIZATION"] = f"Bearer {tokens['access']}"

    tell(program, "GET", "/api/books?q=tempest", None, examples.BOOKS)
    tell(program, "GET", f"/api/books/{examples.ISBN}", None, examples.WHOLE_BOOK)
    tell(program, "POST", "/api/cart/lines", examples.NEW_LINE, examples.CART, status=201)
    line = f"/api/cart/lines/{examples.ISBN}"
    tell(program, "DELETE", line, None, examples.EMPTY_CART)
    tell(program, "PUT", line, examples.QUANTITY, examples.CART)
    tell(program, "GET", "/api/cart", None, examples.CART)

    delivery = tell(program, "GET", "/api/delivery-methods", None, examples.DELIVERY_METHODS)
    wanted = examples.NEW_ORDER | {"deliveryMethodId": delivery["deliveryMethods"][0]["id"]}
    first = tell(program, "POST", "/orders", wanted, examples.ORDER, status=201)
    tell(program, "POST", f"/orders/{first['id']}/cancel", None, examples.CANCELED_ORDER)
    order = tell(program, "POST", "/orders", wanted, examples.ORDER, status=201)
    path = f"/orders/{order['id']}"
    tell(program, "GET", path, None, examples.ORDER)
    assert shaped(program.send("GET", "/orders").json()["orders"][0]) == shaped(examples.ORDER)

    intent = tell(program, "POST", f"{path}/payment", None, examples.OPENED_PAYMENT)["paymentIntentId"]
    stripe.sandbox.pay(intent)
    tell(program, "POST", f"{path}/payment/confirm", {"paymentIntentId": intent}, examples.PAYMENT)
    tell(program, "GET", f"{path}/payment", None, examples.PAYMENT)
    gone = program.send("POST", "/api/auth/token/revoke", {"refresh": tokens["refresh"]})
    assert gone.status_code == 204


def test_a_difference_is_seen():
    assert shaped(examples.ORDER) != shaped(examples.ORDER | {"total": 16.94})
    assert shaped(examples.ORDER) != shaped(examples.ORDER | {"createdAt": "2026-11-23T09:30:00Z"})
    assert shaped(examples.ORDER) != shaped(examples.ORDER | {"id": "17"})


def tell(program, method, path, body, answer, *, status=200):
    """Send, and compare what comes with the example. Answers what came."""
    response = program.send(method, path, body)
    came = response.json()
    assert (response.status_code, shaped(came)) == (status, shaped(answer))
    return came


def shaped(value, name=""):
    """With what differs from purchase to purchase replaced by what it is."""
    if isinstance(value, dict):
        return {key: shaped(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [shaped(inner, name) for inner in value]
    if isinstance(value, str) and (name in DIFFERS or name.endswith("At")):
        return next((shape for shape, form in SHAPES.items() if re.fullmatch(form, value)), value)
    return "a number" if name == "id" and isinstance(value, int) else value
