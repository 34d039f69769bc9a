"""What a browser may do with the publishable key: its own intent, and no more."""

from __future__ import annotations

import pytest

VIEW = set(
    """
    id object amount canceled_at cancellation_reason capture_method client_secret confirmation_method created currency
    description last_payment_error livemode next_action payment_method payment_method_types receipt_email
    setup_future_usage shipping status
    """.split()
)


def test_the_browser_sees_only_its_fields(browser_http, new_intent):
    intent = new_intent(metadata={"order_id": "7"})

    seen = browser_http.get(
        f"/v1/payment_intents/{intent.id}", params={"client_secret": intent.client_secret}
    ).json()

    assert set(seen) == VIEW


def test_the_browser_sees_only_its_fields_after_paying_and_after_a_decline(browser_http, new_intent):
    intent = new_intent()
    address = f"/v1/payment_intents/{intent.id}/confirm"
    data = {"client_secret": intent.client_secret, "payment_method": "pm_card_chargeDeclined"}

    declined = browser_http.post(address, data=data)
    paid = browser_http.post(address, data={**data, "payment_method": "pm_card_visa"})

    assert declined.status_code == 402
    assert set(declined.json()["error"]["payment_intent"]) == VIEW
    assert set(paid.json()) == VIEW


def test_without_the_secret_nothing_is_shown(browser_http, new_intent):
    answer = browser_http.get(f"/v1/payment_intents/{new_intent().id}")

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "client_secret"


def test_with_another_intents_secret_nothing_is_shown_or_paid(browser_http, new_intent, sandbox):
    mine, other = new_intent(), new_intent()
    secret = {"client_secret": mine.client_secret}

    seen = browser_http.get(f"/v1/payment_intents/{other.id}", params=secret)
    paid = browser_http.post(
        f"/v1/payment_intents/{other.id}/confirm", data={**secret, "payment_method": "pm_card_visa"}
    )

    assert (seen.status_code, paid.status_code) == (400, 400)
    assert seen.json()["error"]["code"] == "payment_intent_invalid_parameter"
    assert "object" not in seen.json()
    assert sandbox.charges() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "payment_intents"),
        ("GET", "payment_intents"),
        ("POST", "payment_intents/{id}"),
        ("POST", "payment_intents/{id}/cancel"),
        ("POST", "payment_intents/{id}/capture"),
        ("GET", "charges"),
        ("POST", "refunds"),
        ("GET", "events"),
        ("GET", "customers"),
        ("GET", "account"),
        ("POST", "webhook_endpoints"),
    ],
)
def test_everything_else_needs_the_secret_key(browser_http, new_intent, method, path):
    answer = browser_http.request(method, "/v1/" + path.format(id=new_intent().id))

    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_browser_of_any_origin_may_call(browser_http, new_intent):
    preflight = browser_http.options("/v1/payment_methods", headers={"Origin": "http://shop.example"})
    answer = browser_http.get(f"/v1/payment_intents/{new_intent().id}")

    assert preflight.status_code == 204
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-origin"] == "*"
