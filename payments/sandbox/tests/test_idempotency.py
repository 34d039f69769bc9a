"""Idempotency keys: the first answer counts."""

from __future__ import annotations

import threading

import pytest
import stripe

DATA = {"amount": "1999", "currency": "gbp"}


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


def test_the_same_request_gets_the_same_answer(http, sandbox):
    first = http.post("/v1/payment_intents", data=DATA, headers=key("k"))
    second = http.post("/v1/payment_intents", data=DATA, headers=key("k"))

    assert second.text == first.text
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["original-request"] == first.headers["request-id"]
    assert second.headers["request-id"] != first.headers["request-id"]
    assert "idempotent-replayed" not in first.headers
    assert len(sandbox.intents()) == 1


def test_a_decline_is_replayed_with_its_402(http, sandbox, new_intent):
    address = f"/v1/payment_intents/{new_intent().id}/confirm"
    data = {"payment_method": "pm_card_visa_chargeDeclined"}

    answers = [http.post(address, data=data, headers=key("k")) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [402, 402]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert len(sandbox.charges()) == 1


def test_an_executed_400_is_replayed(http, sandbox, new_intent):
    intent = new_intent()
    sandbox.pay(intent.id)
    address = f"/v1/payment_intents/{intent.id}/cancel"

    answers = [http.post(address, headers=key("k")) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[1].headers["idempotent-replayed"] == "true"


def test_a_parameter_error_leaves_the_key_free(http):
    wrong = http.post("/v1/payment_intents", data={"currency": "gbp"}, headers=key("k"))
    right = http.post("/v1/payment_intents", data=DATA, headers=key("k"))

    assert (wrong.status_code, right.status_code) == (400, 200)
    assert "idempotent-replayed" not in right.headers


def test_other_parameters_are_refused(stripe_api):
    stripe_api.payment_intents.create({"amount": 1999, "currency": "gbp"}, {"idempotency_key": "k"})

    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        stripe_api.payment_intents.create({"amount": 2000, "currency": "gbp"}, {"idempotency_key": "k"})


def test_another_endpoint_is_refused(stripe_api):
    intent = stripe_api.payment_intents.create({"amount": 1999, "currency": "gbp"}, {"idempotency_key": "k"})

    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        stripe_api.payment_intents.cancel(intent.id, {}, {"idempotency_key": "k"})


def test_a_key_that_is_too_long_is_refused(http):
    assert http.post("/v1/payment_intents", data=DATA, headers=key("k" * 255)).status_code == 200
    assert http.post("/v1/payment_intents", data=DATA, headers=key("k" * 256)).status_code == 400


def test_a_key_is_forgotten_after_a_day(http, sandbox):
    http.post("/v1/payment_intents", data=DATA, headers=key("k"))

    sandbox.advance(24 * 3600)
    again = http.post("/v1/payment_intents", data=DATA, headers=key("k"))

    assert "idempotent-replayed" not in again.headers
    assert len(sandbox.intents()) == 2


def test_while_the_first_request_runs_the_second_is_409(http, sandbox):
    sandbox.faults.api("slow", "/v1/payment_intents", count=1, seconds=1)
    answers = []

    def ask() -> None:
        answers.append(http.post("/v1/payment_intents", data=DATA, headers=key("k")))

    first = threading.Thread(target=ask)
    first.start()
    while not sandbox._api.idempotency._running:
        assert first.is_alive()
    second = http.post("/v1/payment_intents", data=DATA, headers=key("k"))
    first.join()

    assert second.status_code == 409
    assert second.json()["error"]["type"] == "idempotency_error"
    assert second.json()["error"]["code"] == "idempotency_key_in_use"
    assert answers[0].status_code == 200
    assert len(sandbox.intents()) == 1


def test_twenty_at_once_make_one_intent(http, sandbox):
    answers = []

    def ask() -> None:
        answers.append(http.post("/v1/payment_intents", data=DATA, headers=key("k")).status_code)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(answers) <= {200, 409}
    assert len(sandbox.intents()) == 1


def test_the_event_names_the_key_and_the_request(http, sandbox):
    answer = http.post("/v1/payment_intents", data=DATA, headers=key("order-7"))

    request = sandbox.events()[0]["request"]
    assert request == {"id": answer.headers["request-id"], "idempotency_key": "order-7"}


def test_get_takes_no_notice_of_keys(http):
    answers = [http.get("/v1/payment_intents", headers=key("k")) for _ in range(2)]

    assert all("idempotent-replayed" not in answer.headers for answer in answers)
