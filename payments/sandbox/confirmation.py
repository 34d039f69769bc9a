"""Confirming a PaymentIntent: what has to be right before an attempt is made, and which kind of attempt it is."""

from __future__ import annotations

from typing import Any

from . import attempts, authentication, cards, delayed, payment_methods
from .cards import Decline
from .engine import Engine
from .errors import ApiError, refused, unexpected_state
from .store import Obj
from .views import public

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def confirm(engine: Engine, intent: Obj, params: dict[str, Any]) -> Obj:
    """Tries to pay. Raises ApiError: 402 for a decline, 400 for a state or a method that does not allow it."""
    _check_status(intent)
    method = _method_for(engine, intent, params)
    _note(intent, params)
    _check_return_url(engine, intent)
    _check_method(intent, method)
    intent.update(payment_method=method["id"], next_action=None)
    decline = _attempt(engine, intent, method, off_session=_off_session(params))
    if decline:
        raise _declined(engine, intent, decline)
    return intent


def _check_status(intent: Obj) -> None:
    status = intent["status"]
    if status in CONFIRMABLE:
        return
    if status == "succeeded":
        message = "You cannot confirm this PaymentIntent because it has already succeeded after being confirmed before."
    else:
        message = (
            f"You cannot confirm this PaymentIntent because it has a status of {status}. Only a PaymentIntent with one"
            f" of the following statuses may be confirmed: {', '.join(CONFIRMABLE)}."
        )
    raise unexpected_state(message, public(intent))


def method_of(engine: Engine, params: dict[str, Any]) -> Obj:
    """The method that the parameters give by data or by id. Raises ApiError when there is none such."""
    if params.get("payment_method_data"):
        return payment_methods.create(engine, params["payment_method_data"])
    return payment_methods.resolve(engine, params["payment_method"])


def _method_for(engine: Engine, intent: Obj, params: dict[str, Any]) -> Obj:
    """The method given now, else the one that the intent has already."""
    if params.get("payment_method_data") or params.get("payment_method"):
        return method_of(engine, params)
    if intent["payment_method"] is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent with"
            " a payment method first, or confirm it with one.",
            public(intent),
        )
    return payment_methods.resolve(engine, intent["payment_method"])


def _note(intent: Obj, params: dict[str, Any]) -> None:
    for field in ("receipt_email", "setup_future_usage", "shipping"):
        if field in params:
            intent[field] = params[field]
    if "return_url" in params:
        intent["_return_url"] = params["return_url"]


def _check_return_url(engine: Engine, intent: Obj) -> None:
    """A server must say where to come back to, unless redirects are off. Stripe.js asks the page itself."""
    automatic = intent["automatic_payment_methods"] or {}
    redirects = automatic.get("enabled") and automatic["allow_redirects"] == "always"
    if redirects and not intent["_return_url"] and not engine.request.publishable:
        raise refused(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of them"
            " may redirect your customer off your page, you must provide a `return_url`; to accept none of those,"
            " set `automatic_payment_methods[allow_redirects]` to `never` when creating the intent.",
            payment_intent=public(intent),
        )


def _check_method(intent: Obj, method: Obj) -> None:
    if method["type"] not in intent["payment_method_types"]:
        raise refused(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent. Its allowed types"
            f" are: {', '.join(intent['payment_method_types'])}.",
            "payment_method",
            "payment_intent_incompatible_payment_method",
        )
    payment_methods.check_reusable(method)
    if method["customer"] and method["customer"] != intent["customer"]:
        raise refused(
            f"The provided PaymentMethod belongs to the Customer {method['customer']}: name it as `customer`."
        )


def _off_session(params: dict[str, Any]) -> bool:
    return params.get("off_session", False) not in (False, "false")


def _attempt(engine: Engine, intent: Obj, method: Obj, *, off_session: bool) -> Decline | None:
    """Moves the intent on; a decline is returned, after it has been written down."""
    if method["type"] != "card" or engine.faults.strikes("delayed"):
        delayed.begin(engine, intent, method)
        return None
    card = cards.behaviour(method["_card"])
    if not _wants_authentication(card, method):
        return attempts.charge_method(engine, intent, method, card.decline)
    if off_session:
        return attempts.charge_method(engine, intent, method, cards.UNAUTHENTICATED)
    authentication.require_action(engine, intent)
    return None


def _wants_authentication(card: cards.TestCard, method: Obj) -> bool:
    set_up = method["customer"] is not None and method["_used"]
    return card.authentication == "always" or (card.authentication == "on_setup" and not set_up)


def _declined(engine: Engine, intent: Obj, decline: Decline) -> ApiError:
    """402 with everything of `last_payment_error`, and the intent itself."""
    log = f"{engine.base_url}/?request={engine.request.id}"
    refusal = ApiError(402, decline.message, type="card_error", executed=True)
    refusal.error.update(intent["last_payment_error"], payment_intent=public(intent), request_log_url=log)
    return refusal
