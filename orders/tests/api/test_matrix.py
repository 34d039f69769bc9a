"""Every address of the API × everyone who may ask × every method: who sees what, always in the same words."""

import pytest
from django.urls import URLPattern, get_resolver

from bookstore.accounts.factories import StaffFactory, UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.api import refusal
from cart.factories import CartFactory, CartLineFactory
from orders.factories import place_order
from orders.models import Order

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]

OPEN, OWN, ANY_USER = "for everyone", "for the owner of the order", "for everyone with a token"
ADDRESSES = {
    "api-token": ("/api/auth/token", OPEN, {"POST": 400}),
    "api-token-refresh": ("/api/auth/token/refresh", OPEN, {"POST": 400}),
    "api-token-revoke": ("/api/auth/token/revoke", OPEN, {"POST": 400}),
    "api-books": ("/api/books", OPEN, {"GET": 200}),
    "api-book": ("/api/books/{isbn}", OPEN, {"GET": 200}),
    "api-delivery-methods": ("/api/delivery-methods", OPEN, {"GET": 200}),
    "api-cart": ("/api/cart", ANY_USER, {"GET": 200}),
    "api-cart-lines": ("/api/cart/lines", ANY_USER, {"POST": 400}),
    "api-cart-line": ("/api/cart/lines/{isbn}", ANY_USER, {"PUT": 400, "DELETE": 200}),
    "api-orders": ("/orders", ANY_USER, {"GET": 200, "POST": 400}),
    "api-order": ("/orders/{order}", OWN, {"GET": 200}),
    "api-order-cancel": ("/orders/{order}/cancel", OWN, {"POST": 200}),
    "api-order-payment": ("/orders/{order}/payment", OWN, {"GET": 200, "POST": 200}),
    "api-order-payment-confirm": ("/orders/{order}/payment/confirm", OWN, {"POST": 409}),
}
"""What the owner's requests without a body get; of confirming, with an intent that is not the order's."""

INPUT = {"api-order-payment-confirm": {"paymentIntentId": "pi_1"}}


@pytest.fixture
def order(db):
    return place_order(user=UserFactory())


@pytest.fixture
def someone(api, order):
    users = {"anonymous": None, "other user": UserFactory(), "owner": order.user, "staff": StaffFactory()}
    return {who: api(user) for who, user in users.items()}


def path_of(name, order, slash=""):
    return ADDRESSES[name][0].format(order=order.pk, isbn=BookFactory().isbn13) + slash


def expected(name, who, method):
    _, whose, answers = ADDRESSES[name]
    answers = answers | ({"HEAD": answers["GET"]} if "GET" in answers else {})
    if whose != OPEN and who == "anonymous":
        return 401
    if method not in answers:
        return 405
    return 404 if whose == OWN and who != "owner" else answers[method]


@pytest.mark.parametrize("who", ["anonymous", "other user", "owner", "staff"])
@pytest.mark.parametrize("slash", ["", "/"], ids=["bare", "with a slash"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_who_may_do_what(someone, stripe, order, name, slash, who):
    path = path_of(name, order, slash)

    answers = {method: someone[who].send(method, path, INPUT.get(name)) for method in METHODS}

    assert {method: a.status_code for method, a in answers.items()} == {
        method: expected(name, who, method) for method in METHODS
    }
    for method, answer in answers.items():
        if answer.status_code >= 400 and method != "HEAD":
            refusal(answer)


@pytest.mark.parametrize("who", ["anonymous", "other user", "staff"])
@pytest.mark.parametrize("name", [name for name, (_, whose, _) in ADDRESSES.items() if whose == OWN])
def test_somebody_elses_order_is_like_no_order(someone, stripe, order, name, who):
    """Not a word differs, so nobody learns which ids exist; and nothing happens to it."""
    theirs, nobodys = path_of(name, order), path_of(name, Order())

    answers = {method: someone[who].send(method, theirs, INPUT.get(name)) for method in ("GET", "POST")}

    for method, answer in answers.items():
        assert answer.content == someone[who].send(method, nobodys, INPUT.get(name)).content
    order.refresh_from_db()
    assert order.is_pending
    assert stripe.sandbox.intents() == []


def test_what_is_in_the_cart_is_ones_own(api, order):
    other = UserFactory()
    CartLineFactory(cart=CartFactory(user=other))

    assert len(api(order.user).send("GET", "/api/cart").json()["lines"]) == 1
    assert api(other).send("GET", "/api/cart").json() != api(order.user).send("GET", "/api/cart").json()


def test_every_address_of_the_api_is_in_the_matrix():
    names = {name for name in all_names(get_resolver().url_patterns) if name.startswith("api-")}

    assert names == ADDRESSES.keys()


def all_names(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name or ""
        else:
            yield from all_names(pattern.url_patterns)
