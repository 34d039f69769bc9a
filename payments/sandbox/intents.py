"""PaymentIntents: created, changed, captured, canceled. Confirming one is in `confirmation.py`."""

from __future__ import annotations

import copy
from typing import Any

from . import charges, confirmation, money, payment_methods
from .confirmation import CONFIRMABLE
from .engine import Engine
from .errors import ApiError, invalid, unexpected_state
from .params import merged_metadata
from .store import Obj
from .views import for_browser, public

CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
)
CANCELLATION_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
FREE_TO_CHANGE = {"description", "metadata", "receipt_email", "shipping", "transfer_group"}
PLAIN = (
    "description receipt_email setup_future_usage shipping statement_descriptor statement_descriptor_suffix"
    " transfer_group payment_method_options on_behalf_of transfer_data application_fee_amount"
).split()


def get(engine: Engine, id: str) -> Obj:
    """Raises ApiError: for PaymentIntents, Stripe names the parameter `intent`."""
    intent = engine.store.get("payment_intent", id)
    if intent is None:
        raise ApiError(404, f"No such payment_intent: '{id}'", code="resource_missing", param="intent")
    return intent


def retrieve(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    intent = get(engine, id)
    check_client_secret(engine, intent, params)
    return for_browser(intent) if engine.request.publishable else intent


def check_client_secret(engine: Engine, intent: Obj, params: dict[str, Any]) -> None:
    """A browser may see and confirm only the intent whose secret it was given."""
    given = params.get("client_secret")
    if given is None and engine.request.publishable:
        raise invalid("Missing required param: client_secret.", "client_secret", "parameter_missing")
    if given is not None and given != intent["client_secret"]:
        raise invalid(
            f"The client_secret provided does not match the client_secret associated with {intent['id']}.",
            "client_secret",
            "payment_intent_invalid_parameter",
        )


def create(engine: Engine, params: dict[str, Any]) -> Obj:
    """With `confirm`, the answer is that of confirming; the intent exists even when that is declined."""
    params["currency"] = money.check_currency(params["currency"])
    money.check_amount(params["amount"], params["currency"])
    _check_combination(engine, params)
    _resolve_method(engine, params)
    intent = _blank(engine, params)
    if not params.get("confirm"):
        _take_method(engine, intent, params)
    engine.store.put(intent)
    snapshot = copy.deepcopy(intent)
    try:
        if params.get("confirm"):
            return confirmation.confirm(engine, intent, params)
        return intent
    finally:
        # Seen at Stripe: `created` comes last when one call creates and confirms.
        engine.emit("payment_intent.created", snapshot)


def _check_combination(engine: Engine, params: dict[str, Any]) -> None:
    if "payment_method_types" in params and params.get("automatic_payment_methods", {}).get("enabled"):
        raise invalid(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types."
        )
    if not params.get("confirm") and "return_url" in params:
        raise invalid("You can only pass return_url when confirm is true.", "return_url")
    _check_customer(engine, params)


def _check_customer(engine: Engine, params: dict[str, Any]) -> None:
    customer = params.get("customer")
    if customer and not engine.store.has("customer", customer):
        raise invalid(f"No such customer: '{customer}'", "customer", "resource_missing")


def _blank(engine: Engine, params: dict[str, Any]) -> Obj:
    id = engine.new_id("pi")
    intent: Obj = {
        "id": id,
        "object": "payment_intent",
        "allowed_payment_method_types": None,
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": params.get("capture_method", "automatic_async"),
        "client_secret": f"{id}_{engine.new_id('secret')}",
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "created": engine.now(),
        "currency": params["currency"],
        "customer": params.get("customer"),
        "customer_account": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": merged_metadata({}, params.get("metadata") or {}),
        "next_action": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "processing": None,
        "review": None,
        "source": None,
        "status": "requires_payment_method",
        **{field: params.get(field) for field in PLAIN},
        **_types(params, params["currency"]),
        "_return_url": None,
    }
    intent["payment_method_options"] = params.get("payment_method_options") or _default_options(intent)
    return intent


def _types(params: dict[str, Any], currency: str) -> Obj:
    """Without explicit types, dynamic payment methods are on."""
    if "payment_method_types" in params:
        return {"automatic_payment_methods": None, "payment_method_types": params["payment_method_types"]}
    automatic = {"allow_redirects": "always", **params.get("automatic_payment_methods", {"enabled": True})}
    types = ["card", "link", "sepa_debit"] if currency == "eur" else ["card", "link"]
    return {"automatic_payment_methods": automatic, "payment_method_types": types}


def _default_options(intent: Obj) -> Obj:
    card = {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "automatic",
    }
    return {"card": card} if "card" in intent["payment_method_types"] else {}


def _resolve_method(engine: Engine, params: dict[str, Any]) -> None:
    """An unknown method is refused before there is an intent."""
    if params.get("payment_method") or params.get("payment_method_data"):
        params["payment_method"] = confirmation.method_of(engine, params)["id"]
        params.pop("payment_method_data", None)


def _take_method(engine: Engine, intent: Obj, params: dict[str, Any]) -> None:
    """Notes a method given without confirming, so that only the confirmation is missing."""
    if params.get("payment_method") or params.get("payment_method_data"):
        method = confirmation.method_of(engine, params)
        payment_methods.check_reusable(method)
        intent.update(payment_method=method["id"], status="requires_confirmation", next_action=None)


def update(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    """Description and metadata always; the rest only before the payment has succeeded."""
    intent = get(engine, id)
    if intent["status"] not in CONFIRMABLE and set(params) - FREE_TO_CHANGE:
        raise unexpected_state(
            f"This PaymentIntent could not be updated because it has a status of {intent['status']}. You may only"
            f" update a PaymentIntent with one of the following statuses: {', '.join(CONFIRMABLE)}.",
            public(intent),
        )
    _check_customer(engine, params)
    currency = money.check_currency(params.get("currency") or intent["currency"])
    money.check_amount(params.get("amount") or intent["amount"], currency)
    if "metadata" in params:
        intent["metadata"] = merged_metadata(intent["metadata"], params["metadata"])
    _take_method(engine, intent, params)
    plain = {*PLAIN, "amount", "customer", "capture_method", "payment_method_types"}
    intent.update({key: value for key, value in params.items() if key in plain})
    intent["currency"] = currency
    engine.store.put(intent)
    return intent


def confirm(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    intent = get(engine, id)
    check_client_secret(engine, intent, params)
    try:
        confirmed = confirmation.confirm(engine, intent, params)
    except ApiError as refusal:
        if engine.request.publishable and "payment_intent" in refusal.error:
            refusal.error["payment_intent"] = for_browser(refusal.error["payment_intent"])
        raise
    return for_browser(confirmed) if engine.request.publishable else confirmed


def cancel(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    """Final. Canceling what is canceled already is an error too, not a no-op."""
    intent = get(engine, id)
    if intent["status"] not in CANCELABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent"
            f" with one of the following statuses may be canceled: {', '.join(CANCELABLE)}.",
            public(intent),
        )
    if intent["status"] == "requires_capture":
        charges.release(engine, charge_of(engine, intent))
    intent.update(
        status="canceled",
        canceled_at=engine.now(),
        cancellation_reason=params.get("cancellation_reason"),
        next_action=None,
        amount_capturable=0,
    )
    engine.store.put(intent)
    engine.emit("payment_intent.canceled", intent)
    return intent


def capture(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    """All or less, once."""
    intent = get(engine, id)
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a"
            " PaymentIntent with one of the following statuses may be captured: requires_capture.",
            public(intent),
        )
    amount = params.get("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        raise invalid(
            "The amount to capture is greater than the authorized amount.",
            "amount_to_capture",
            "amount_too_large",
        )
    charges.capture(engine, charge_of(engine, intent), amount)
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
    engine.store.put(intent)
    engine.emit("payment_intent.succeeded", intent)
    return intent


def charge_of(engine: Engine, intent: Obj) -> Obj:
    charge = engine.store.get("charge", intent["latest_charge"])
    if charge is None:
        raise LookupError(f"{intent['id']} has no charge")
    return charge
