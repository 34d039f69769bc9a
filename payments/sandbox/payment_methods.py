"""PaymentMethods: cards from the browser, bank debits, and the magic `pm_card_*` ids."""

from __future__ import annotations

import hashlib
from typing import Any

from . import cards
from .engine import Engine
from .errors import ApiError, invalid, refused
from .params import merged_metadata
from .store import Obj
from .views import require

NO_BILLING = {
    "address": {
        "city": None,
        "country": None,
        "line1": None,
        "line2": None,
        "postal_code": None,
        "state": None,
    },
    "email": None,
    "name": None,
    "phone": None,
    "tax_id": None,
}


def create(engine: Engine, params: dict[str, Any]) -> Obj:
    """From `type` and `card` or `sepa_debit`. Raw numbers come from the browser only, as with Stripe."""
    kind = params["type"]
    if kind not in params:
        raise invalid(f"Missing required param: {kind}.", kind, "parameter_missing")
    if kind == "sepa_debit":
        return _keep(engine, kind, _sepa(params["sepa_debit"]["iban"]), params)
    card = params["card"]
    if "token" in card:
        return _from_token(engine, card["token"], params)
    if not engine.request.publishable:
        raise refused(
            "Sending card numbers from a server is not allowed: collect them in the browser with Stripe.js,"
            " or use a test payment method such as pm_card_visa."
        )
    for name in ("number", "exp_month", "exp_year"):
        if name not in card:
            raise invalid(f"Missing required param: card[{name}].", f"card[{name}]", "parameter_missing")
    return _keep(engine, kind, _card(engine, card), params)


def _from_token(engine: Engine, token: str, params: dict[str, Any]) -> Obj:
    """`tok_visa` and its like name the same cards as `pm_card_visa`."""
    card = cards.BY_TOKEN.get(token.replace("tok_", "pm_card_", 1))
    if card is None:
        raise invalid(f"No such token: '{token}'", "card[token]", "resource_missing")
    return _keep(engine, "card", _card_details(card, 12, engine_year(engine) + 1), params)


def engine_year(engine: Engine) -> int:
    return 1970 + int(engine.now() // 31_556_952)


def resolve(engine: Engine, id: str) -> Obj:
    """The method itself; a magic id is cloned under a fresh one. Raises ApiError for an unknown id."""
    if id in cards.BY_TOKEN:
        details = _card_details(cards.BY_TOKEN[id], 12, engine_year(engine) + 1)
        return _keep(engine, "card", details, {})
    return require(engine.store, "payment_method", id, param="payment_method", status=400)


def retrieve(engine: Engine, id: str) -> Obj:
    if id in cards.BY_TOKEN:
        return resolve(engine, id)
    return require(engine.store, "payment_method", id, param="payment_method")


def _keep(engine: Engine, kind: str, details: Obj, params: dict[str, Any]) -> Obj:
    private = {key: details.pop(key) for key in list(details) if key.startswith("_")}
    billing = params.get("billing_details") or {}
    method = {
        "id": engine.new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": params.get("allow_redisplay", "unspecified"),
        "billing_details": {
            **NO_BILLING,
            **billing,
            "address": {**NO_BILLING["address"], **(billing.get("address") or {})},  # type: ignore[dict-item]
        },
        kind: details,
        "created": engine.now(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": merged_metadata({}, params.get("metadata") or {}),
        "type": kind,
        "_used": False,
        **private,
    }
    engine.store.put(method)
    return method


def _card(engine: Engine, card: dict[str, Any]) -> Obj:
    number = card["number"].replace(" ", "").replace("-", "")
    _check_number(number)
    year = card["exp_year"] + (2000 if card["exp_year"] < 100 else 0)
    _check_expiry(engine, card["exp_month"], year)
    brand = cards.brand_of(number)
    cvc = card.get("cvc")
    if cvc is not None and not (cvc.isdecimal() and len(cvc) == (4 if brand == "amex" else 3)):
        raise _card_error("invalid_cvc", "Your card's security code is invalid.", "cvc")
    return _card_details(cards.behaviour(number), card["exp_month"], year, cvc_given=cvc is not None)


def _check_number(number: str) -> None:
    if not number.isdecimal() or not 12 <= len(number) <= 19:
        raise _card_error("invalid_number", "The card number is not a valid credit card number.", "number")
    if not cards.luhn(number):
        raise _card_error("incorrect_number", "Your card number is incorrect.", "number")


def _check_expiry(engine: Engine, month: int, year: int) -> None:
    if not 1 <= month <= 12:
        raise _card_error("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    this_year = engine_year(engine)
    if not this_year <= year <= this_year + 50:
        raise _card_error("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")


def _card_error(code: str, message: str, param: str) -> ApiError:
    return ApiError(402, message, type="card_error", code=code, param=param, executed=True)


def _card_details(card: cards.TestCard, month: int, year: int, *, cvc_given: bool = True) -> Obj:
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "unchecked" if cvc_given else None,
        },
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "funding": card.funding,
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
        # Somebody may type a real card: its number is not kept anywhere.
        "_card": card.number if card.number in cards.BY_NUMBER else "other",
    }


def _sepa(iban: str) -> Obj:
    iban = iban.replace(" ", "").upper()
    if not cards.valid_iban(iban):
        raise invalid("The IBAN you provided is invalid.", "sepa_debit[iban]", "invalid_bank_account_iban")
    return {
        "bank_code": iban[4:9],
        "branch_code": "",
        "country": iban[:2],
        "fingerprint": hashlib.sha256(iban.encode()).hexdigest()[:16],
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": iban[-4:],
        "_clears": cards.TEST_IBANS.get(iban, True),
    }


def update(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    method = retrieve(engine, id)
    if "metadata" in params:
        method["metadata"] = merged_metadata(method["metadata"], params["metadata"])
    engine.store.put(method)
    return method


def attach(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    customer = require(engine.store, "customer", params["customer"], param="customer", status=400)
    method = resolve(engine, id) if id in cards.BY_TOKEN else retrieve(engine, id)
    check_reusable(method)
    method["customer"] = customer["id"]
    engine.store.put(method)
    engine.emit("payment_method.attached", method)
    return method


def detach(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    method = retrieve(engine, id)
    if method["customer"] is None:
        raise refused(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    before = {"customer": method["customer"]}
    method.update(customer=None, _used=True)
    engine.store.put(method)
    engine.emit("payment_method.detached", method, before)
    return method


def check_reusable(method: Obj) -> None:
    """A method without a customer serves once."""
    if method["_used"] and method["customer"] is None:
        raise refused(
            "The provided PaymentMethod was used before without being attached to a Customer, or was detached from one,"
            " and may not be used again. To use a PaymentMethod several times, attach it to a Customer first."
        )
