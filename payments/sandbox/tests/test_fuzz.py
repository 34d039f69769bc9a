"""Whatever a client sends, the answer is one of Stripe's, and it comes from a rule, not from a crash."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.sandbox import forms
from payments.sandbox.api import Api, ApiRequest
from payments.sandbox.clock import ManualClock
from payments.sandbox.engine import Engine
from payments.sandbox.errors import ApiError
from payments.sandbox.operations import OPERATIONS

NAMES = sorted({name for operation in OPERATIONS for name in operation.schema})
INNER = [
    "number",
    "exp_month",
    "exp_year",
    "cvc",
    "iban",
    "type",
    "enabled",
    "gte",
    "a",
    "0",
    "card",
    "sepa_debit",
]
VALUES = [
    "",
    "0",
    "1",
    "1999",
    "-1",
    "gbp",
    "eur",
    "true",
    "false",
    "card",
    "sepa_debit",
    "pm_card_visa",
    "*",
    "£",
    "\x00",
]
CODES = {200, 400, 401, 402, 403, 404, 409, 413}

names = st.sampled_from(NAMES)
nested = st.builds(
    lambda name, inner: name + "".join(f"[{part}]" for part in inner),
    names,
    st.lists(st.sampled_from(INNER), max_size=3),
)
USEFUL = [
    [("type", "card"), ("card[number]", "4242424242424242")],
    [("type", "card"), ("card[exp_month]", "12")],
    [("type", "card"), ("card[token]", "tok_visa")],
    [("type", "sepa_debit"), ("sepa_debit[iban]", "AT321904300235473204")],
    [("amount", "1999"), ("currency", "eur"), ("confirm", "true"), ("payment_method", "pm_card_visa")],
    [("amount", "1999"), ("currency", "eur"), ("payment_method_types[]", "sepa_debit")],
    [("payment_method", "pm_card_visa"), ("off_session[]", "x"), ("return_url", "x")],
]
noise = st.lists(st.tuples(nested, st.sampled_from(VALUES) | st.text(max_size=12)), max_size=6)
pairs = st.builds(lambda useful, more: useful + more, st.sampled_from([[], *USEFUL]), noise)


class World:
    """One engine with an object of every kind, so that ids in paths lead somewhere."""

    def __init__(self) -> None:
        self.api = Api(Engine(clock=ManualClock(), seed=0))
        intent = self.call("POST", "/v1/payment_intents", {"amount": "1999", "currency": "gbp"})
        confirm = {"payment_method": "pm_card_createDispute", "return_url": "https://x.example/"}
        paid = self.call("POST", f"/v1/payment_intents/{intent['id']}/confirm", confirm)
        refund = self.call("POST", "/v1/refunds", {"payment_intent": intent["id"], "amount": "5"})
        self.api.engine.clock.advance(5)
        self.api.engine.run_due()
        customer = self.call("POST", "/v1/customers", {})
        endpoint = self.call(
            "POST", "/v1/webhook_endpoints", {"url": "http://x.example", "enabled_events[]": "*"}
        )
        dispute = self.call("GET", "/v1/disputes", {})["data"][0]
        fresh = self.call("POST", "/v1/payment_intents", {"amount": "1999", "currency": "eur"})
        objects = (intent, fresh, refund, customer, endpoint, dispute)
        self.ids = [obj["id"] for obj in objects] + [
            paid["latest_charge"],
            paid["payment_method"],
            "nobody",
            "pm_card_visa",
        ]

    def call(self, method: str, path: str, params: dict) -> dict:
        return self.send(method, path, urlencode(params)).json()

    def send(self, method: str, path: str, text: str, key: str = "sk"):
        body, query = (text.encode(), "") if method == "POST" else (b"", text)
        return self.api.handle(
            ApiRequest(method, path, query, body, {"authorization": f"Bearer {key}_test_fuzz"})
        )


WORLD = World()


@given(st.sampled_from(OPERATIONS), pairs, st.sampled_from(WORLD.ids), st.sampled_from(["sk", "pk"]))
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_parameters_crash_an_endpoint(operation, params, id, key):
    path = operation.path.pattern.replace("([^/]+)", id)

    answer = WORLD.send(operation.method, path, urlencode(params), key)

    assert answer.status in CODES
    assert isinstance(answer.json(), dict)


@given(st.text(max_size=200))
def test_no_text_crashes_the_form_decoder(text):
    decoded: object = {}

    with suppress(ApiError):
        decoded = forms.decode(text)

    assert isinstance(decoded, dict)
