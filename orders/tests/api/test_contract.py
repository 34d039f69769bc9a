"""The three addresses that were agreed with the shop's clients and with Stripe, to the byte."""

import re

import pytest

from payments.models import Payment

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

both_spellings = pytest.mark.parametrize("slash", ["", "/"])


@both_spellings
def test_opening_a_payment_answers_what_stripe_js_needs(program, stripe, order, slash):
    answer = program.send("POST", f"/orders/{order.pk}/payment{slash}")

    intent = stripe.sandbox.intents()[0]
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert answer.content.decode() == (
        f'{{"clientSecret": "{intent["client_secret"]}", "paymentIntentId": "{intent["id"]}"}}'
    )


@both_spellings
def test_opening_a_payment_needs_no_body_and_no_content_type(program, stripe, order, slash):
    path, token = f"/orders/{order.pk}/payment{slash}", program.defaults["HTTP_AUTHORIZATION"]

    answer = program.generic("POST", path, content_type="", headers={"Authorization": token})

    assert answer.status_code == 200


@both_spellings
def test_reading_a_payment_answers_six_fields_and_no_more(program, stripe, order, slash):
    program.send("POST", f"/orders/{order.pk}/payment")
    Payment.objects.update(amount="99.90")

    answer = program.send("GET", f"/orders/{order.pk}/payment{slash}")

    payment = Payment.objects.get()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert re.fullmatch(
        rf'{{"id": "{payment.pk}", "orderId": "{order.pk}", "stripePaymentId": "{payment.stripe_payment_id}", '
        rf'"amount": 99\.90, "status": "PENDING", "createdAt": "{MOMENT}"}}',
        answer.content.decode(),
    )


def test_a_payment_that_was_never_opened_has_no_id_at_stripe(program, order):
    answer = program.send("GET", f"/orders/{order.pk}/payment")

    assert answer.json()["stripePaymentId"] is None
    assert re.fullmatch(UUID, answer.json()["id"])


def test_the_payments_moment_is_told_in_utc(program, order):
    """The shop's clock shows summer time on that day."""
    Payment.objects.update(created_at="2026-07-01T00:30:00.123456+01:00")

    answer = program.send("GET", f"/orders/{order.pk}/payment")

    assert answer.json()["createdAt"] == "2026-06-30T23:30:00.123Z"


@both_spellings
def test_stripes_news_is_received_and_the_payment_follows(program, stripe, order, slash):
    intent_id = program.send("POST", f"/orders/{order.pk}/payment").json()["paymentIntentId"]
    stripe.sandbox.pay(intent_id)
    body, headers = stripe.sandbox.signed(stripe.events("payment_intent.succeeded")[0])

    answer = program.send("POST", f"/orders/webhook{slash}", body, **headers)

    assert (answer.status_code, answer.content) == (200, b'{"received": true}')
    assert program.send("GET", f"/orders/{order.pk}/payment").json()["status"] == "COMPLETED"
    assert program.send("GET", f"/orders/{order.pk}").json()["status"] == "CONFIRMED"


@both_spellings
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/orders/webhook", "/orders/{id}/payment"])
def test_no_method_is_ever_redirected(program, stripe, order, path, method, slash):
    answer = program.send(method, path.format(id=order.pk) + slash)

    assert not 300 <= answer.status_code < 400


def test_however_often_it_is_opened_it_is_one_payment(program, stripe, order):
    answers = [program.send("POST", f"/orders/{order.pk}/payment").content for _ in range(3)]

    assert len(set(answers)) == 1
    assert len(stripe.sandbox.intents()) == 1
