"""Placing, reading and canceling orders by programs."""

from decimal import Decimal

import pytest
import time_machine

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.api import refusal
from cart.factories import CartFactory, CartLineFactory
from orders.factories import ADDRESS, DeliveryMethodFactory, filled_cart, place_order
from orders.models import Order

JSON_ADDRESS = {
    "fullName": ADDRESS.full_name,
    "line1": ADDRESS.address_line1,
    "city": ADDRESS.city,
    "postalCode": ADDRESS.postal_code,
    "country": ADDRESS.country,
}


@pytest.fixture
def book():
    return BookFactory(stock=5)


@pytest.fixture
def delivery(db):
    return DeliveryMethodFactory()


@pytest.fixture
def cart(ada, book):
    cart = CartFactory(user=ada)
    CartLineFactory(cart=cart, book=book, quantity=2)
    return cart


@pytest.fixture
def wanted(delivery):
    """Two books for 9.99 and delivery for 2.95."""
    return {"shippingAddress": JSON_ADDRESS, "deliveryMethodId": delivery.pk, "agreedTotal": 22.93}


def test_an_order_holds_the_books_and_keeps_the_cart(program, cart, book, wanted):
    answer = program.send("POST", "/orders", wanted)

    order = Order.objects.get()
    book.refresh_from_db()
    assert answer.status_code == 201
    assert answer.json()["id"] == str(order.pk)
    assert b'"total": 22.93,' in answer.content
    assert (order.total, order.user, order.email) == (Decimal("22.93"), cart.user, "ada@example.com")
    assert (book.stock, cart.lines.count()) == (3, 1)


def test_the_same_order_twice_is_one(program, cart, wanted):
    first, second = program.send("POST", "/orders", wanted), program.send("POST", "/orders", wanted)

    assert first.json()["id"] == second.json()["id"]
    assert Order.objects.count() == 1


def test_a_changed_order_replaces_the_unpaid_one(program, stripe, cart, wanted):
    first = program.send("POST", "/orders", wanted).json()
    elsewhere = wanted | {"shippingAddress": JSON_ADDRESS | {"city": "York"}}

    second = program.send("POST", "/orders", elsewhere).json()

    assert program.send("GET", f"/orders/{first['id']}").json()["cancelReason"] == "replaced"
    assert (second["status"], second["shippingAddress"]["city"]) == ("PENDING", "York")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"agreedTotal": 22.92}, (409, "price_changed")),
        ({"agreedTotal": 22.939}, (409, "price_changed")),
        ({"deliveryMethodId": 2**31 - 1}, (409, "delivery_not_offered")),
        ({"agreedTotal": "22.93"}, (400, "invalid_input")),
        ({"agreedTotal": True}, (400, "invalid_input")),
        ({"agreedTotal": -22.93}, (400, "invalid_input")),
        ({"agreedTotal": 10**40}, (400, "invalid_input")),
        ({"deliveryMethodId": "1"}, (400, "invalid_input")),
        ({"deliveryMethodId": 2**63}, (400, "invalid_input")),
        ({"shippingAddress": None}, (400, "invalid_input")),
        ({"shippingAddress": [JSON_ADDRESS]}, (400, "invalid_input")),
        ({"shippingAddress": JSON_ADDRESS | {"country": "XX"}}, (400, "invalid_input")),
        ({"shippingAddress": JSON_ADDRESS | {"country": ["GB"]}}, (400, "invalid_input")),
        ({"shippingAddress": JSON_ADDRESS | {"city": "Le\u0000eds"}}, (400, "invalid_input")),
        ({"shippingAddress": JSON_ADDRESS | {"city": "Leeds\nBcc: all@example.com"}}, (400, "invalid_input")),
        ({"shippingAddress": JSON_ADDRESS | {"city": "L" * 81}}, (400, "invalid_input")),
        ({"shippingAddress": JSON_ADDRESS | {"city": 7}}, (400, "invalid_input")),
        ({"email": "nobody"}, (400, "invalid_input")),
        ({"total": 0.01}, (400, "invalid_input")),
        ({"status": "CONFIRMED"}, (400, "invalid_input")),
    ],
)
def test_an_order_that_cannot_be_takes_nothing(program, cart, book, wanted, change, expected):
    answer = program.send("POST", "/orders", wanted | change)

    book.refresh_from_db()
    assert refusal(answer) == expected
    assert (Order.objects.count(), book.stock) == (0, 5)


def test_a_refusal_names_the_field_wherever_it_stands(program, cart, wanted):
    wanted["shippingAddress"] = JSON_ADDRESS | {"country": "XX", "planet": "Earth"}

    answer = program.send("POST", "/orders", wanted)

    assert answer.json()["fields"] == {"shippingAddress.planet": ["There is no such field."]}


def test_an_empty_cart_cannot_be_ordered(program, wanted):
    assert refusal(program.send("POST", "/orders", wanted)) == (409, "empty_cart")


def test_books_that_are_gone_meanwhile_are_named(program, cart, book, wanted):
    place_order(book, quantity=4)

    answer = program.send("POST", "/orders", wanted)

    assert refusal(answer) == (409, "not_available")
    assert book.title in answer.json()["message"]


def test_orders_are_listed_the_latest_first_in_pages(program, ada):
    for day in range(1, 22):
        with time_machine.travel(f"2026-11-{day:02}T12:00:00Z", tick=False):
            place_order(cart=filled_cart(), user=ada)

    first, last = (program.send("GET", f"/orders?page={number}").json() for number in (1, 2))

    assert (first["total"], first["pages"], len(first["orders"])) == (21, 2, 20)
    assert first["orders"][0]["createdAt"] == "2026-11-21T12:00:00.000Z"
    assert [order["createdAt"] for order in last["orders"]] == ["2026-11-01T12:00:00.000Z"]
    assert refusal(program.send("GET", "/orders?page=3")) == (404, "not_found")


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=1&page=2", "page=1e3", "pages=1", "page="]
)
def test_a_page_that_cannot_be_is_refused(program, query):
    assert refusal(program.send("GET", f"/orders?{query}")) == (400, "invalid_input")


def test_canceling_gives_the_books_back_once(program, stripe, cart, book, wanted):
    order = program.send("POST", "/orders", wanted).json()
    program.send("POST", f"/orders/{order['id']}/payment")

    first, second = (program.send("POST", f"/orders/{order['id']}/cancel") for _ in range(2))

    book.refresh_from_db()
    assert [(a.status_code, a.json()["status"]) for a in (first, second)] == [(200, "CANCELED")] * 2
    assert stripe.sandbox.intents()[0]["status"] == "canceled"
    assert book.stock == 5


def test_an_order_that_was_paid_meanwhile_is_not_canceled(program, stripe, order):
    intent = program.send("POST", f"/orders/{order.pk}/payment").json()
    stripe.sandbox.pay(intent["paymentIntentId"])

    assert refusal(program.send("POST", f"/orders/{order.pk}/cancel")) == (409, "order_paid")
    assert program.send("GET", f"/orders/{order.pk}").json()["status"] == "CONFIRMED"


def test_an_order_whose_bank_is_at_work_is_not_canceled(program, stripe, order):
    intent = program.send("POST", f"/orders/{order.pk}/payment").json()
    stripe.sandbox.faults.delay_next()
    stripe.sandbox.pay(intent["paymentIntentId"])

    assert refusal(program.send("POST", f"/orders/{order.pk}/cancel")) == (409, "payment_processing")


def test_confirming_asks_stripe_and_waits_for_no_webhook(program, stripe, order):
    intent = program.send("POST", f"/orders/{order.pk}/payment").json()
    stripe.sandbox.pay(intent["paymentIntentId"])

    answer = program.send(
        "POST", f"/orders/{order.pk}/payment/confirm", {"paymentIntentId": intent["paymentIntentId"]}
    )

    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"paymentIntentId": "pi_of_somebody_else"}, (409, "wrong_payment_intent")),
        ({}, (400, "invalid_input")),
        ({"paymentIntentId": None}, (400, "invalid_input")),
        ({"paymentIntentId": "pi_1", "status": "succeeded"}, (400, "invalid_input")),
    ],
)
def test_only_the_orders_own_intent_is_confirmed(program, stripe, order, body, expected):
    program.send("POST", f"/orders/{order.pk}/payment")

    assert refusal(program.send("POST", f"/orders/{order.pk}/payment/confirm", body)) == expected


def test_a_paid_order_is_not_paid_again(program, stripe, order):
    intent = program.send("POST", f"/orders/{order.pk}/payment").json()
    stripe.sandbox.pay(intent["paymentIntentId"])

    assert refusal(program.send("POST", f"/orders/{order.pk}/payment")) == (409, "order_not_payable")


def test_an_order_whose_hold_is_over_is_not_paid(program, stripe, order):
    with time_machine.travel(order.hold_expires_at, tick=False):
        program.sign_in(order.user)

        assert refusal(program.send("POST", f"/orders/{order.pk}/payment")) == (409, "hold_expired")


def test_an_order_that_costs_nothing_is_confirmed_and_has_no_payment(program, ada, delivery):
    order = place_order(BookFactory(price=0), user=ada, delivery=DeliveryMethodFactory(price=0))

    assert program.send("GET", f"/orders/{order.pk}").json()["status"] == "CONFIRMED"
    assert refusal(program.send("GET", f"/orders/{order.pk}/payment")) == (404, "not_found")


def test_a_guests_order_is_nobodys_in_the_api(program):
    order = place_order()

    assert refusal(program.send("GET", f"/orders/{order.pk}")) == (404, "not_found")


def test_another_users_orders_are_not_listed(api, order):
    assert api(UserFactory()).send("GET", "/orders").json()["orders"] == []
