"""What the webhook says to whoever it turns away: a code for programs, a sentence for people."""

import pytest
from django.db import DatabaseError
from django.test import Client

from payments import inbox
from payments.webhook import LARGEST_BODY

from .news import encoded, event, signature

ADDRESS = "/orders/webhook"
SECRET = "whsec_for_these_tests"
CHARGE = encoded(event("charge.succeeded", {"object": "charge"}))


@pytest.fixture(autouse=True)
def one_secret(settings):
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]


def post(body, **headers):
    return Client().post(ADDRESS, body, content_type="application/json", headers=headers)


def signed(body):
    return post(body, **{"Stripe-Signature": signature(body, SECRET)})


def refusal(response):
    answer = response.json()
    assert answer.keys() == {"code", "message"}
    return response.status_code, answer["code"], answer["message"]


def test_whoever_only_looks_is_told_to_post():
    response = Client().get(ADDRESS)

    assert refusal(response) == (405, "method_not_allowed", "Stripe posts its events.")


def test_a_body_that_is_too_large():
    response = post(b" " * (LARGEST_BODY + 1))

    assert refusal(response) == (413, "body_too_large", "The body is too large.")


@pytest.mark.parametrize("headers", [{}, {"Stripe-Signature": ""}, {"Stripe-Signature": "t=1,v1=0"}])
def test_a_body_that_nobody_signed(headers):
    response = post(CHARGE, **headers)

    assert refusal(response) == (400, "invalid_signature", "The signature is not valid.")


def test_a_body_that_is_no_event():
    assert refusal(signed(b"[]")) == (400, "malformed_event", "The body is not an event.")


@pytest.mark.parametrize(
    "number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999"], ids=lambda number: number.decode()
)
def test_numbers_that_json_does_not_know(number):
    body = CHARGE.replace(b'"pending_webhooks": 1', b'"pending_webhooks": ' + number)

    assert refusal(signed(body))[:2] == (400, "malformed_event")


@pytest.mark.django_db
def test_numbers_that_json_knows():
    body = CHARGE.replace(b'"pending_webhooks": 1', b'"pending_webhooks": 1.5e3')

    assert signed(body).status_code == 200


def test_an_event_that_could_not_be_stored(monkeypatch):
    def full(envelope):
        raise DatabaseError("no space left on device")

    monkeypatch.setattr(inbox, "receive", full)

    assert refusal(signed(CHARGE)) == (503, "not_stored", "Please send the event again.")


def test_whoever_asks_too_often(settings):
    settings.WEBHOOK_REFUSALS_PER_MINUTE = 0

    response = post(CHARGE)

    assert refusal(response) == (429, "throttled", "Too many requests. Please wait.")
