"""Stripe slow, broken or out of reach: a clear page, nothing lost, and all goes well once it is back."""

import socket

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from bookstore.catalog.factories import BookFactory
from orders.models import Order

from .ledger import books_add_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

INTENTS = "/v1/payment_intents"


def hang(stripe, settings):
    stripe.sandbox.faults.api("hang", INTENTS, seconds=1)


def answer_500(stripe, settings):
    stripe.sandbox.faults.api("error_500", INTENTS)


def act_but_answer_500(stripe, settings):
    stripe.sandbox.faults.api("error_500", INTENTS, when="after")


def answer_429(stripe, settings):
    stripe.sandbox.faults.api("error_429", INTENTS)


def cut_the_line(stripe, settings):
    stripe.sandbox.faults.api("drop", INTENTS)


def cut_the_line_after_acting(stripe, settings):
    stripe.sandbox.faults.api("drop", INTENTS, when="after")


def be_gone(stripe, settings):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{closed.getsockname()[1]}"


TROUBLES = [
    hang,
    answer_500,
    act_but_answer_500,
    answer_429,
    cut_the_line,
    cut_the_line_after_acting,
    be_gone,
]


@pytest.fixture(params=TROUBLES, ids=lambda trouble: trouble.__name__)
def trouble(request, stripe, settings):
    return lambda: request.param(stripe, settings)


@pytest.fixture
def heal(stripe, settings):
    def healed():
        stripe.sandbox.faults.clear()
        settings.STRIPE_API_BASE = stripe.sandbox.url

    return healed


@pytest.fixture
def guest(visitor, stripe):
    return visitor(BookFactory(stock=1))


def test_at_placing_the_order_is_safe_and_paid_once_stripe_is_back(guest, stripe, trouble, heal):
    trouble()
    order = guest.orders()

    waiting = guest.get("pay", order)
    still_waiting = guest.post("pay", order)

    assert "Nothing was charged, and nothing is lost" in waiting.content.decode()
    assert still_waiting.status_code == 503
    assert "We cannot reach our payment service" in still_waiting.content.decode()
    assert still_waiting["Retry-After"] == "30"
    assert order.is_pending
    assert guest.cart.lines.exists()
    assert books_add_up()

    heal()
    guest.post("pay", order)

    assert guest.get("pay", order).status_code == 200
    order.payment.refresh_from_db()
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    stripe.deliver()
    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert len([i for i in stripe.sandbox.intents() if i["status"] == "succeeded"]) == 1


def test_at_paying_the_page_says_so_and_claims_nothing_about_charges(guest, stripe, trouble, heal):
    order = guest.orders()
    stripe.sandbox.pay(order.payment.stripe_payment_id)  # in another tab
    trouble()

    response = guest.get("pay", order)

    page = response.content.decode()
    assert response.status_code == 503
    assert f"order {order.number} stays as it is" in page
    assert "Nothing was charged" not in page
    assert "Your books are set aside until" in page
    heal()
    assert guest.get("pay", order).url == order.get_absolute_url()


def test_at_coming_back_the_page_waits_and_the_webhook_settles(guest, stripe, trouble, heal):
    order = guest.orders()
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    trouble()

    response = guest.get("status", order, f"?payment_intent={order.payment.stripe_payment_id}")

    assert response.url == order.get_absolute_url()
    assert "We are waiting for word from your bank" in guest.get("status", order).content.decode()
    stripe.deliver()
    assert "your order is confirmed" in guest.get("status", order).content.decode()


def test_at_canceling_the_order_stays_and_the_page_says_so(guest, stripe, trouble, heal):
    order = guest.orders()
    trouble()

    response = guest.post("cancel", order)

    (message,) = get_messages(response.wsgi_request)
    assert "your order is not canceled yet" in str(message)
    order.refresh_from_db()
    assert order.is_pending
    assert books_add_up()
    heal()
    guest.post("cancel", order)
    order.refresh_from_db()
    assert order.status == Order.Status.CANCELED


def test_at_changing_an_order_the_first_one_stays(guest, stripe, trouble, heal):
    order = guest.orders()
    guest.fills_in(city="York")
    trouble()

    response = guest.places("12.94")

    assert response.url == reverse("orders:review")
    assert "not answering" in str(next(iter(get_messages(response.wsgi_request))))
    assert Order.objects.get() == order
    heal()
    guest.places("12.94")
    assert sorted(Order.objects.values_list("city", "status")) == [("Leeds", "CANCELED"), ("York", "PENDING")]


def test_a_payment_that_stripe_refuses_is_explained_without_a_promise(visitor, stripe, delivery):
    delivery.price = "0.01"  # less than Stripe takes
    delivery.save()
    guest = visitor(BookFactory(price="0.01"))
    order = guest.orders("0.02")

    response = guest.post("pay", order)

    page = response.content.decode()
    assert response.status_code == 503
    assert "This payment cannot be made" in page
    assert "Please get in touch with us" in page
    assert order.number in page
    assert "Retry-After" not in response
