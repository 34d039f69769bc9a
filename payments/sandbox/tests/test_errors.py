"""Parameters, keys, headers, and the class that the SDK makes of each error."""

from __future__ import annotations

import httpx
import pytest
import stripe

from payments.sandbox import API_VERSION


def error(answer: httpx.Response) -> dict:
    return answer.json()["error"]


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "gbp"}, "parameter_missing", "amount"),
        ({"amount": 1999}, "parameter_missing", "currency"),
        ({"amount": 1999, "currency": "gbp", "colour": "red"}, "parameter_unknown", "colour"),
        (
            {"amount": 1999, "currency": "gbp", "automatic_payment_methods[on]": "true"},
            "parameter_unknown",
            "automatic_payment_methods[on]",
        ),
        ({"amount": "19.99", "currency": "gbp"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0, "currency": "gbp"}, "parameter_invalid_integer", "amount"),
        ({"amount": 29, "currency": "gbp"}, "amount_too_small", "amount"),
        ({"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": 100_000_000, "currency": "gbp"}, "amount_too_large", "amount"),
        ({"amount": 1999, "currency": ""}, "parameter_invalid_empty", "currency"),
        ({"amount": 1999, "currency": "xxx"}, None, "currency"),
        ({"amount": 1999, "currency": "gbp", "customer": "cus_nobody"}, "resource_missing", "customer"),
        (
            {"amount": 1999, "currency": "gbp", "payment_method": "pm_none"},
            "resource_missing",
            "payment_method",
        ),
        (
            {"amount": 1999, "currency": "gbp", "statement_descriptor_suffix": "a*b"},
            None,
            "statement_descriptor_suffix",
        ),
        ({"amount": 1999, "currency": "gbp", "metadata[" + "k" * 41 + "]": "v"}, None, "metadata"),
    ],
)
def test_wrong_parameters_are_named(http, sandbox, params, code, param):
    answer = http.post("/v1/payment_intents", data=params)

    assert answer.status_code == 400
    assert error(answer)["type"] == "invalid_request_error"
    assert (error(answer).get("code"), error(answer)["param"]) == (code, param)
    assert "stripe-should-retry" not in answer.headers
    assert sandbox.intents() == []


def test_the_message_for_too_small_an_amount_is_stripes(http):
    answer = http.post("/v1/payment_intents", data={"amount": 10, "currency": "usd"})

    assert error(answer)["message"] == "Amount must be at least $0.50 usd"


def test_a_three_decimal_amount_ends_in_zero(http):
    assert http.post("/v1/payment_intents", data={"amount": 1001, "currency": "kwd"}).status_code == 400
    assert http.post("/v1/payment_intents", data={"amount": 1010, "currency": "kwd"}).status_code == 200


def test_an_unknown_intent_is_404_and_names_intent(http, stripe_api):
    answer = http.get("/v1/payment_intents/pi_nobody")

    assert answer.status_code == 404
    assert (error(answer)["code"], error(answer)["param"]) == ("resource_missing", "intent")
    with pytest.raises(stripe.InvalidRequestError):
        stripe_api.payment_intents.retrieve("pi_nobody")


def test_other_unknown_objects_name_id(http):
    assert error(http.get("/v1/charges/ch_nobody"))["param"] == "id"


def test_an_unknown_address_is_404(http):
    assert http.get("/v1/nothing").status_code == 404


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer sk_test_someone_elses_key", "Basic !", "Bearer sk_live_x"]
)
def test_without_our_key_it_is_401(sandbox, authorization):
    headers = {"Authorization": authorization} if authorization else {}

    answer = httpx.get(f"{sandbox.url}/v1/payment_intents", headers=headers)

    assert answer.status_code == 401
    assert error(answer)["type"] == "invalid_request_error"


def test_a_wrong_key_is_an_authentication_error_that_does_not_repeat_the_key(sandbox):
    client = stripe.StripeClient("sk_test_wrong_key_0123456789", base_addresses={"api": sandbox.url})

    with pytest.raises(stripe.AuthenticationError) as refused:
        client.v1.payment_intents.list()

    assert "wrong_key" not in str(refused.value)


def test_the_key_may_come_as_basic_user_name(sandbox):
    assert httpx.get(f"{sandbox.url}/v1/account", auth=(sandbox.secret_key, "")).status_code == 200


def test_every_answer_says_which_request_and_version_it_was(http):
    answer = http.get("/v1/account")

    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["stripe-version"] == API_VERSION
    assert "stripe-should-retry" not in answer.headers


def test_the_version_of_the_request_is_echoed(http):
    answer = http.get("/v1/account", headers={"Stripe-Version": "2026-05-27.dahlia"})

    assert answer.headers["stripe-version"] == "2026-05-27.dahlia"


def test_a_post_echoes_its_key_and_says_that_a_retry_is_useless(http):
    data = {"amount": 1999, "currency": "gbp"}

    answer = http.post("/v1/payment_intents", data=data, headers={"Idempotency-Key": "k1"})

    assert answer.headers["idempotency-key"] == "k1"
    assert answer.headers["original-request"] == answer.headers["request-id"]
    assert answer.headers["stripe-should-retry"] == "false"


def test_an_executed_400_says_that_a_retry_is_useless(http, new_intent):
    intent = new_intent()
    http.post(f"/v1/payment_intents/{intent.id}/cancel")

    answer = http.post(f"/v1/payment_intents/{intent.id}/cancel")

    assert (answer.status_code, answer.headers["stripe-should-retry"]) == (400, "false")


@pytest.mark.parametrize(
    "body", [b"amount=\xff\xfe", b"a[b=1", b"amount=1&amount[x]=2", b"a" + b"[b]" * 20 + b"=1"]
)
def test_a_body_that_cannot_be_read_is_400(http, body):
    answer = http.post("/v1/payment_intents", content=body)

    assert answer.status_code == 400


def test_what_cannot_be_expanded_is_refused_and_nothing_is_made(http, sandbox):
    data = {"amount": 1999, "currency": "gbp", "expand[]": "colour"}

    answer = http.post("/v1/payment_intents", data=data)

    assert answer.status_code == 400
    assert sandbox.intents() == []
    assert sandbox.events() == []


def test_expansion_reaches_into_lists(http, sandbox, new_intent):
    sandbox.pay(new_intent().id)
    query = {"expand[]": ["data.latest_charge.payment_method", "data.payment_method"]}

    intent = http.get("/v1/payment_intents", params=query).json()["data"][0]

    assert intent["latest_charge"]["object"] == "charge"
    assert intent["payment_method"]["type"] == "card"


def test_metadata_may_hold_any_key(new_intent):
    assert new_intent(metadata={"_private": "1", "object": "book"}).metadata.to_dict() == {
        "_private": "1",
        "object": "book",
    }


def test_the_account_is_there(stripe_api):
    assert stripe_api.accounts.retrieve_current().id.startswith("acct_")


def test_customers_live_and_die(stripe_api):
    customer = stripe_api.customers.create({"email": "reader@example.com", "name": "Reader"})

    stripe_api.customers.update(customer.id, {"name": "Great Reader", "metadata": {"a": "1"}})
    found = stripe_api.customers.list({"email": "reader@example.com"}).data

    assert [known.name for known in found] == ["Great Reader"]
    assert stripe_api.customers.delete(customer.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError):
        stripe_api.customers.retrieve(customer.id)
