"""Stripe fails in the middle of it: the program is told what to do, and nothing is lost."""

import pytest

from bookstore.testing.api import refusal
from orders.models import Order
from payments.models import Payment


@pytest.fixture
def asked(program, order):
    """The program opens the payment."""
    return lambda **headers: program.send("POST", f"/orders/{order.pk}/payment", **headers)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("effect", ["error_500", "error_429", "drop", "hang"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_out_of_reach_now_and_later_it_works(stripe, order, asked, effect, when):
    stripe.sandbox.faults.api(effect, "/v1/payment_intents", method="POST", when=when, seconds=0.8)

    failed = asked()
    stripe.sandbox.faults.clear()
    then = asked()

    order.refresh_from_db()
    assert refusal(failed) == (503, "payment_service_unavailable")
    assert failed["Retry-After"] == "30"
    assert then.status_code == 200
    assert (order.status, order.payment.status) == (Order.Status.PENDING, Payment.Status.PENDING)
    assert order.payment.stripe_payment_id == then.json()["paymentIntentId"]
    assert len(stripe.sandbox.intents()) == 1


def test_nobody_listens(order, asked, settings, no_pauses, sandbox):
    settings.STRIPE_API_BASE, address = "http://127.0.0.1:9", settings.STRIPE_API_BASE

    failed = asked()
    settings.STRIPE_API_BASE = address

    assert refusal(failed) == (503, "payment_service_unavailable")
    assert asked().status_code == 200


def test_a_key_that_stripe_does_not_accept_is_ours_to_repair(order, asked, settings, sandbox):
    settings.STRIPE_SECRET_KEY, key = "sk_test_wrong", settings.STRIPE_SECRET_KEY

    failed = asked()
    settings.STRIPE_SECRET_KEY = key

    assert refusal(failed) == (503, "payment_service_unavailable")
    assert "sk_test" not in failed.content.decode()
    assert asked().status_code == 200


def test_what_stripe_refuses_is_told_in_words_for_the_shopper(stripe, order, asked):
    """The currency is none that Stripe knows."""
    Payment.objects.update(currency="xyz")

    refused = asked()
    Payment.objects.update(currency="gbp")

    assert refusal(refused) == (400, "payment_refused")
    assert refused["Retry-After"] == "30"
    assert refused.json()["message"] == (
        "The payment service does not accept this payment. Please get in touch with us."
    )
    assert asked().status_code == 200
    assert len(stripe.sandbox.intents()) == 1


def test_after_a_failure_the_idempotency_key_works_again(stripe, order, asked, no_pauses):
    stripe.sandbox.faults.api("error_500", "/v1/payment_intents", method="POST")
    failed = asked(Idempotency_Key="pay-1")
    stripe.sandbox.faults.clear()

    again = asked(Idempotency_Key="pay-1")

    assert refusal(failed) == (503, "payment_service_unavailable")
    assert again.status_code == 200
    assert "Idempotent-Replayed" not in again


@pytest.mark.usefixtures("no_pauses")
def test_an_order_is_not_canceled_while_stripe_cannot_be_asked(stripe, program, order, asked):
    asked()
    stripe.sandbox.faults.api("error_500")

    failed = program.send("POST", f"/orders/{order.pk}/cancel")
    stripe.sandbox.faults.clear()

    assert refusal(failed) == (503, "payment_service_unavailable")
    assert program.send("GET", f"/orders/{order.pk}").json()["status"] == "PENDING"
    assert program.send("POST", f"/orders/{order.pk}/cancel").json()["status"] == "CANCELED"


@pytest.mark.usefixtures("no_pauses")
def test_a_payment_is_read_as_it_was_known_while_stripe_cannot_be_asked(stripe, program, order, asked):
    intent = asked().json()
    stripe.sandbox.pay(intent["paymentIntentId"])
    stripe.sandbox.faults.api("error_500")
    confirm = f"/orders/{order.pk}/payment/confirm", {"paymentIntentId": intent["paymentIntentId"]}

    failed = program.send("POST", *confirm)
    read = program.send("GET", f"/orders/{order.pk}/payment")
    stripe.sandbox.faults.clear()

    assert refusal(failed) == (503, "payment_service_unavailable")
    assert read.json()["status"] == "PENDING"
    assert program.send("POST", *confirm).json()["status"] == "COMPLETED"
