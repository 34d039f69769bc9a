"""What goes wrong on purpose, as the SDK meets it."""

from __future__ import annotations

import time

import httpx
import pytest
import stripe

from payments.sandbox.faults import InvalidFault

NEW = {"amount": 1999, "currency": "gbp"}


def test_a_500_before_executing_leaves_nothing_and_the_key_free(sandbox, stripe_api):
    sandbox.faults.api("error_500", "/v1/payment_intents", count=1)

    with pytest.raises(stripe.APIError):
        stripe_api.payment_intents.create(NEW, {"idempotency_key": "k"})
    assert sandbox.intents() == []

    assert stripe_api.payment_intents.create(NEW, {"idempotency_key": "k"}).id == sandbox.intents()[0]["id"]


def test_a_500_after_executing_has_charged_and_is_what_the_key_remembers(sandbox, stripe_api, new_intent):
    intent = new_intent()
    sandbox.faults.api("error_500", "/v1/payment_intents/", method="POST", count=1, when="after")

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            stripe_api.payment_intents.confirm(
                intent.id, {"payment_method": "pm_card_visa"}, {"idempotency_key": "k"}
            )

    assert stripe_api.payment_intents.retrieve(intent.id).status == "succeeded"
    assert len(sandbox.charges()) == 1


def test_a_429_says_that_a_retry_is_welcome(sandbox, http):
    sandbox.faults.api("error_429", count=1)

    answer = http.post("/v1/payment_intents", data=NEW)

    assert (answer.status_code, answer.headers["stripe-should-retry"]) == (429, "true")
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_cut_line_leaves_the_outcome_unknown(sandbox, stripe_api, when, made):
    sandbox.faults.api("drop", "/v1/payment_intents", count=1, when=when)

    with pytest.raises(stripe.APIConnectionError):
        stripe_api.payment_intents.create(NEW, {"idempotency_key": "k"})

    assert len(sandbox.intents()) == made
    assert stripe_api.payment_intents.create(NEW, {"idempotency_key": "k"}).id == sandbox.intents()[0]["id"]
    assert len(sandbox.intents()) == 1


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_held_line_times_out(sandbox, http, when, made):
    sandbox.faults.api("hang", "/v1/payment_intents", count=1, when=when, seconds=20)

    with pytest.raises(httpx.ReadTimeout):
        http.post("/v1/payment_intents", data=NEW, timeout=0.3)

    deadline = time.monotonic() + 30
    while len(sandbox.intents()) < made and time.monotonic() < deadline:
        pass  # a busy machine gets to it later
    assert len(sandbox.intents()) == made


def test_a_line_that_is_held_is_cut_in_the_end(sandbox, http):
    sandbox.faults.api("hang", count=1, seconds=0.1)

    with pytest.raises(httpx.RemoteProtocolError):
        http.post("/v1/payment_intents", data=NEW)


def test_the_sdks_own_retry_gets_through(sandbox):
    sandbox.faults.api("drop", "/v1/payment_intents", count=1, when="after")
    client = stripe.StripeClient(
        sandbox.secret_key, base_addresses={"api": sandbox.url}, max_network_retries=1
    )

    client.v1.payment_intents.create(NEW)

    assert len(sandbox.intents()) == 1
    assert [call["status"] for call in sandbox.calls] == [None, 200]


def test_a_fault_strikes_only_its_path_method_and_number(sandbox, stripe_api):
    sandbox.faults.api("error_500", "/v1/payment_intents", method="POST", count=2)

    assert stripe_api.payment_intents.list().data == []
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            stripe_api.payment_intents.create(NEW)
    assert stripe_api.payment_intents.create(NEW).amount == 1999
    assert sandbox.faults.active == []


def test_a_refund_can_be_made_to_fail_later(sandbox, stripe_api, new_intent):
    intent = new_intent()
    sandbox.pay(intent.id)
    sandbox.faults.refund_fails()

    refund = stripe_api.refunds.create({"payment_intent": intent.id})
    sandbox.advance(5)

    assert refund.status == "succeeded"
    assert sandbox.refunds()[0]["status"] == "failed"


def test_calls_are_noted_without_their_contents(sandbox, stripe_api):
    stripe_api.payment_intents.create({**NEW, "description": "a secret wish"}, {"idempotency_key": "k"})

    (call,) = sandbox.calls
    assert {key: call[key] for key in ("method", "path", "idempotency_key", "status", "fault")} == {
        "method": "POST",
        "path": "/v1/payment_intents",
        "idempotency_key": "k",
        "status": 200,
        "fault": None,
    }
    assert "secret wish" not in str(call)


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"kind": "weather"},
        {"kind": "api", "effect": "explode"},
        {"kind": "api", "effect": "drop", "when": "during"},
        {"kind": "api", "effect": "drop", "probability": 2},
        {"kind": "api", "effect": "drop", "count": 0},
        {"kind": "api", "effect": "drop", "seconds": -1},
        {"kind": "api", "effect": "drop", "id": "mine"},
        {"kind": "webhook", "effect": "duplicate", "copies": 1000},
        {"kind": "api", "effect": "drop", "path": 7},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox, fault):
    with pytest.raises(InvalidFault):
        sandbox.faults.add(fault)

    assert sandbox.faults.active == []
