"""3-D Secure: the bank asks the customer."""

from __future__ import annotations

from . import attempts, cards
from .engine import Engine
from .errors import ApiError
from .store import Obj
from .views import public, require


def require_action(engine: Engine, intent: Obj) -> None:
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
        attempts.charge_method(engine, intent, method, cards.behaviour(method["_card"]).decline)
    else:
        method["_used"] = True
        engine.store.put(method)
        attempts.fail(engine, intent, _authentication_failure(method))
    return intent


def _authentication_failure(method: Obj) -> Obj:
    message = (
        "We are unable to authenticate your payment method."
        " Please choose a different payment method and try again."
    )
    error = ApiError(402, message, code="payment_intent_authentication_failure").error
    return {**error, "payment_method": public(method)}
