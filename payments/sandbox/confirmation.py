"""Confirming a PaymentIntent: the attempt to pay, its ways to fail, 3-D Secure, and methods that take days."""

from __future__ import annotations

from typing import Any

from . import cards, charges, payment_methods
from .cards import Decline
from .engine import Engine
from .errors import ApiError, refused, unexpected_state
from .store import Obj
from .timetable import job
from .views import public, require

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
DELAYED_SETTLES_AFTER = 180
BOUNCED = Decline(
    "payment_intent_payment_attempt_failed",
    "generic_decline",
    "The payment failed: the bank returned the debit.",
)


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
        _begin_processing(engine, intent, method)
        return None
    card = cards.behaviour(method["_card"])
    if not _wants_authentication(card, method):
        return _charge(engine, intent, method, card.decline)
    if off_session:
        return _charge(engine, intent, method, cards.UNAUTHENTICATED)
    _require_action(engine, intent)
    return None


def _wants_authentication(card: cards.TestCard, method: Obj) -> bool:
    set_up = method["customer"] is not None and method["_used"]
    return card.authentication == "always" or (card.authentication == "on_setup" and not set_up)


def _charge(engine: Engine, intent: Obj, method: Obj, decline: Decline | None) -> Decline | None:
    charge = charges.create(engine, intent, method, decline=decline)
    intent["latest_charge"] = charge["id"]
    method["_used"] = True
    if decline:
        engine.store.put(method)
        engine.store.put(charge)
        engine.emit("charge.failed", charge)
        _fail(engine, intent, _payment_error(decline, method, charge["id"]))
        return decline
    _keep_for_customer(intent, method)
    engine.store.put(method)
    by_hand = intent["capture_method"] == "manual"
    if engine.request.publishable and not by_hand:
        # Seen at Stripe: when the browser confirms, the intent's event is the first of the two.
        _succeed(engine, intent)
        charges.approve(engine, charge, capture=True)
        return None
    charges.approve(engine, charge, capture=not by_hand)
    if by_hand:
        _authorized(engine, intent)
    else:
        _succeed(engine, intent)
    return None


def _keep_for_customer(intent: Obj, method: Obj) -> None:
    if intent["setup_future_usage"] and intent["customer"]:
        method["customer"] = intent["customer"]


def _succeed(engine: Engine, intent: Obj) -> None:
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        last_payment_error=None,
        next_action=None,
        processing=None,
    )
    engine.store.put(intent)
    engine.emit("payment_intent.succeeded", intent)


def _authorized(engine: Engine, intent: Obj) -> None:
    intent.update(
        status="requires_capture",
        amount_capturable=intent["amount"],
        last_payment_error=None,
        next_action=None,
    )
    engine.store.put(intent)
    engine.emit("payment_intent.amount_capturable_updated", intent)


def _fail(engine: Engine, intent: Obj, error: Obj) -> None:
    """Back to the start: another method may be tried on the same intent."""
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        last_payment_error=error,
        next_action=None,
        processing=None,
    )
    engine.store.put(intent)
    engine.emit("payment_intent.payment_failed", intent)


def _payment_error(decline: Decline, method: Obj, charge_id: str) -> Obj:
    error = ApiError(402, decline.message, type="card_error", code=decline.code).error
    error.update(decline.error(), charge=charge_id, payment_method=public(method))
    return error


def _declined(engine: Engine, intent: Obj, decline: Decline) -> ApiError:
    """402 with everything of `last_payment_error`, and the intent itself."""
    log = f"{engine.base_url}/?request={engine.request.id}"
    refusal = ApiError(402, decline.message, type="card_error", executed=True)
    refusal.error.update(intent["last_payment_error"], payment_intent=public(intent), request_log_url=log)
    return refusal


# 3-D Secure


def _require_action(engine: Engine, intent: Obj) -> None:
    source = engine.new_id("src")
    url = f"{engine.base_url}/3d_secure/{intent['id']}/{source}"
    intent.update(status="requires_action", last_payment_error=None, _source=source)
    if intent["_return_url"] and not engine.request.publishable:
        target = {"url": url, "return_url": intent["_return_url"]}
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": target}
    else:
        step = {"type": "three_d_secure_redirect", "stripe_js": url, "source": source}
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": step}
    engine.store.put(intent)
    engine.emit("payment_intent.requires_action", intent)


def authenticate(engine: Engine, intent: Obj, source: str | None, *, approve: bool) -> Obj:
    """The customer's answer to the bank. Stale answers (other source, other status) change nothing."""
    if intent["status"] != "requires_action" or source not in (None, intent["_source"]):
        return intent
    method = require(engine.store, "payment_method", intent["payment_method"])
    intent["next_action"] = None
    if approve:
        _charge(engine, intent, method, cards.behaviour(method["_card"]).decline)
    else:
        method["_used"] = True
        engine.store.put(method)
        _fail(engine, intent, _authentication_failure(method))
    return intent


def _authentication_failure(method: Obj) -> Obj:
    message = (
        "We are unable to authenticate your payment method."
        " Please choose a different payment method and try again."
    )
    error = ApiError(402, message, code="payment_intent_authentication_failure").error
    return {**error, "payment_method": public(method)}


# Methods that take days


def _begin_processing(engine: Engine, intent: Obj, method: Obj) -> None:
    charge = charges.create(engine, intent, method)
    method["_used"] = True
    engine.store.put(method)
    engine.store.put(charge)
    engine.emit("charge.pending", charge)
    intent.update(status="processing", latest_charge=charge["id"], last_payment_error=None, next_action=None)
    intent["processing"] = {"type": method["type"]}
    engine.store.put(intent)
    engine.emit("payment_intent.processing", intent)
    engine.schedule(
        "delayed.settle",
        DELAYED_SETTLES_AFTER,
        intent_id=intent["id"],
        charge_id=charge["id"],
        clears=method.get("_clears", True),
    )


@job("delayed.settle")
def settle(engine: Engine, intent_id: str, *, clears: bool, charge_id: str | None = None) -> Obj:
    """The bank's late answer. Only for the charge that is being processed."""
    intent = require(engine.store, "payment_intent", intent_id)
    if intent["status"] != "processing" or charge_id not in (None, intent["latest_charge"]):
        return intent
    charge = require(engine.store, "charge", intent["latest_charge"])
    if clears:
        charges.approve(engine, charge, capture=True)
        _succeed(engine, intent)
        return intent
    method = require(engine.store, "payment_method", charge["payment_method"])
    charge.update(status="failed", failure_code=BOUNCED.code, failure_message=BOUNCED.message)
    engine.store.put(charge)
    engine.emit("charge.failed", charge)
    _fail(engine, intent, _payment_error(BOUNCED, method, charge["id"]))
    return intent
