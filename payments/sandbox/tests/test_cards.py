"""Every test card, by number from the browser and by test id."""

from __future__ import annotations

import pytest

from payments.sandbox import cards

CARD_BY_TOKEN = [
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", None, "01", "try_again_later"),
    ("pm_card_chargeDeclined", "card_declined", "generic_decline", None, "01", "try_again_later"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", None, "51", None),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", None, "41", "do_not_try_again"),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", None, "43", "do_not_try_again"),
    (
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        "card_declined",
        "card_velocity_exceeded",
        None,
        None,
        None,
    ),
    (
        "pm_card_chargeDeclinedExpiredCard",
        "expired_card",
        "expired_card",
        "exp_month",
        "54",
        "confirm_card_data",
    ),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "cvc", "N7", None),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", None, "06", None),
    ("pm_card_radarBlock", "card_declined", "fraudulent", None, None, None),
]
APPROVED = [
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_amex",
    "pm_card_threeDSecureOptional",
    "pm_card_createDispute",
    "pm_card_createDisputeProductNotReceived",
    "pm_card_createDisputeInquiry",
    "pm_card_createIssuerFraudRecord",
    "pm_card_pendingRefund",
    "pm_card_refundFail",
]
AUTHENTICATED = [
    ("pm_card_authenticationRequiredOnSetup", "succeeded"),
    ("pm_card_authenticationRequired", "succeeded"),
    ("pm_card_threeDSecure2Required", "succeeded"),
    ("pm_card_threeDSecureRequiredChargeDeclined", "requires_payment_method"),
]
NUMBERS = {
    "4242424242424242": "pm_card_visa",
    "5555555555554444": "pm_card_mastercard",
    "378282246310005": "pm_card_amex",
    "4000000000000002": "pm_card_visa_chargeDeclined",
    "4000000000009995": "pm_card_visa_chargeDeclinedInsufficientFunds",
    "4000000000009987": "pm_card_visa_chargeDeclinedLostCard",
    "4000000000009979": "pm_card_visa_chargeDeclinedStolenCard",
    "4000000000006975": "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
    "4000000000000069": "pm_card_chargeDeclinedExpiredCard",
    "4000000000000127": "pm_card_chargeDeclinedIncorrectCvc",
    "4000000000000119": "pm_card_chargeDeclinedProcessingError",
    "4100000000000019": "pm_card_radarBlock",
    "4000002500003155": "pm_card_authenticationRequiredOnSetup",
    "4000002760003184": "pm_card_authenticationRequired",
    "4000000000003220": "pm_card_threeDSecure2Required",
    "4000008400001629": "pm_card_threeDSecureRequiredChargeDeclined",
    "4000000000003055": "pm_card_threeDSecureOptional",
    "4000000000000259": "pm_card_createDispute",
    "4000000000002685": "pm_card_createDisputeProductNotReceived",
    "4000000000001976": "pm_card_createDisputeInquiry",
    "4000000000005423": "pm_card_createIssuerFraudRecord",
    "4000000000007726": "pm_card_pendingRefund",
    "4000000000005126": "pm_card_refundFail",
}


@pytest.mark.parametrize(("number", "token"), NUMBERS.items())
def test_number_and_test_id_are_the_same_card(number, token):
    assert cards.BY_NUMBER[number] is cards.BY_TOKEN[token]
    assert cards.luhn(number)


@pytest.mark.parametrize("token", APPROVED)
def test_an_approved_card_succeeds_at_once(sandbox, new_intent, token):
    assert sandbox.pay(new_intent().id, token)["status"] == "succeeded"


@pytest.mark.parametrize(("token", "code", "decline_code", "param", "network", "advice"), CARD_BY_TOKEN)
def test_a_declined_card_says_why(
    http, new_intent, sandbox, token, code, decline_code, param, network, advice
):
    intent = new_intent()

    answer = http.post(f"/v1/payment_intents/{intent.id}/confirm", data={"payment_method": token})

    error = answer.json()["error"]
    assert answer.status_code == 402
    assert answer.headers["stripe-should-retry"] == "false"
    assert (error["type"], error["code"], error["decline_code"]) == ("card_error", code, decline_code)
    assert error.get("param") == param
    assert None not in error.values()
    if network:
        assert error["network_decline_code"] == network
    if advice:
        assert error["advice_code"] == advice
    assert {"charge", "doc_url", "message", "payment_intent", "payment_method", "request_log_url"} <= set(
        error
    )
    charge = sandbox.charges()[-1]
    assert (charge["status"], charge["paid"], charge["captured"]) == ("failed", False, False)
    assert (charge["failure_code"], charge["failure_message"]) == (code, error["message"])
    if token != "pm_card_radarBlock":
        assert (charge["outcome"]["type"], charge["outcome"]["reason"]) == ("issuer_declined", decline_code)


def test_a_stolen_card_is_told_like_any_other_decline(sandbox, new_intent):
    messages = {
        sandbox.pay(new_intent().id, token)["error"]["message"]
        for token in ("pm_card_visa_chargeDeclinedStolenCard", "pm_card_visa_chargeDeclined")
    }

    assert messages == {"Your card was declined."}


@pytest.mark.parametrize(("token", "end"), AUTHENTICATED)
def test_a_card_with_3d_secure_asks_first(sandbox, new_intent, token, end):
    intent = new_intent()

    asked = sandbox.pay(intent.id, token)
    answered = sandbox.authenticate(intent.id, True)

    assert asked["status"] == "requires_action"
    assert answered["status"] == end


def card(**fields) -> dict[str, str]:
    given = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034", "cvc": "123", **fields}
    return {"type": "card", **{f"card[{name}]": value for name, value in given.items()}}


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "42"}, "invalid_number", "number"),
        ({"exp_month": "13"}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": "2019"}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
    ],
)
def test_a_mistyped_card_is_refused(browser_http, fields, code, param):
    answer = browser_http.post("/v1/payment_methods", data=card(**fields))

    error = answer.json()["error"]
    assert answer.status_code == 402
    assert (error["type"], error["code"], error["param"]) == ("card_error", code, param)


def test_a_card_typed_in_the_browser_pays(browser_http, sandbox, new_intent):
    method = browser_http.post("/v1/payment_methods", data=card(number="4000 0000 0000 9995")).json()

    answer = sandbox.pay(new_intent().id, method["id"])

    assert (method["card"]["last4"], method["card"]["brand"]) == ("9995", "visa")
    assert answer["error"]["decline_code"] == "insufficient_funds"


def test_a_card_that_is_no_test_card_is_declined_and_its_number_is_kept_nowhere(
    browser_http, sandbox, new_intent
):
    method = browser_http.post("/v1/payment_methods", data=card(number="4111111111111111")).json()

    answer = sandbox.pay(new_intent().id, method["id"])

    assert answer["error"]["decline_code"] == "test_mode_live_card"
    stored = str(sandbox.engine.store.all("payment_method")) + str(sandbox.engine.store.all("charge"))
    assert "4111111111111111" not in stored


def test_a_server_may_not_send_card_numbers(http):
    answer = http.post("/v1/payment_methods", data=card())

    assert answer.status_code == 400
    assert "not allowed" in answer.json()["error"]["message"]


def test_a_fraud_warning_follows_a_second_later(sandbox, new_intent):
    sandbox.pay(new_intent().id, "pm_card_createIssuerFraudRecord")

    sandbox.advance(1)

    assert "radar.early_fraud_warning.created" in [event["type"] for event in sandbox.events()]
