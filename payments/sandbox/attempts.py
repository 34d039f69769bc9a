"""One attempt to pay: a charge, and what it makes of the PaymentIntent."""

from __future__ import annotations

from . import charges
from .cards import Decline
from .engine import Engine
from .errors import ApiError
from .store import Obj
from .views import public


def charge_method(engine: Engine, intent: Obj, method: Obj, decline: Decline | None) -> Decline | None:
    """Charges the method, or writes down that it was declined. Returns the decline."""
    charge = charges.create(engine, intent, method, decline=decline)
    intent["latest_charge"] = charge["id"]
    method["_used"] = True
    if decline:
        _refuse(engine, intent, method, charge, decline)
    else:
        _approve(engine, intent, method, charge)
    return decline


def _refuse(engine: Engine, intent: Obj, method: Obj, charge: Obj, decline: Decline) -> None:
    engine.store.put(method)
    engine.store.put(charge)
    engine.emit("charge.failed", charge)
    fail(engine, intent, payment_error(decline, method, charge["id"]))


def _approve(engine: Engine, intent: Obj, method: Obj, charge: Obj) -> None:
    _keep_for_customer(intent, method)
    engine.store.put(method)
    if intent["capture_method"] == "manual":
        charges.approve(engine, charge, capture=False)
        _authorized(engine, intent)
    elif engine.request.publishable:
        # Seen at Stripe: when the browser confirms, the intent's event is the first of the two.
        succeed(engine, intent)
        charges.approve(engine, charge, capture=True)
    else:
        charges.approve(engine, charge, capture=True)
        succeed(engine, intent)


def _keep_for_customer(intent: Obj, method: Obj) -> None:
    if intent["setup_future_usage"] and intent["customer"]:
        method["customer"] = intent["customer"]


def succeed(engine: Engine, intent: Obj) -> None:
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


def fail(engine: Engine, intent: Obj, error: Obj) -> None:
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


def payment_error(decline: Decline, method: Obj, charge_id: str) -> Obj:
    error = ApiError(402, decline.message, type="card_error", code=decline.code).error
    error.update(decline.error(), charge=charge_id, payment_method=public(method))
    return error
