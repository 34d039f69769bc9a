"""Charges: one per attempt that reached the bank."""

from __future__ import annotations

from typing import Any

from . import balance, cards, disputes
from .cards import Decline
from .engine import Engine
from .params import merged_metadata
from .store import Obj
from .timetable import job
from .views import require

CAPTURE_DELAY = 2  # seconds until the balance transaction is there and `charge.updated` tells so


def create(engine: Engine, intent: Obj, method: Obj, *, decline: Decline | None = None) -> Obj:
    """The charge of one attempt, not yet stored: approved, or failed with a decline."""
    sepa = method["type"] != "card"
    return {
        "id": engine.new_id("py" if sepa else "ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": None if decline else "SANDBOX",
        "captured": False,
        "created": engine.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": _outcome(decline),
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _details(method),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "failed" if decline else "pending",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
        "_card": method.get("_card"),
    }


def _outcome(decline: Decline | None) -> Obj:
    outcome: Obj = {
        "advice_code": decline.advice_code if decline else None,
        "network_advice_code": None,
        "network_decline_code": decline.network_decline_code if decline else None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }
    if decline and decline.blocked:
        outcome.update(network_status="not_sent_to_network", reason="highest_risk_level", type="blocked")
        outcome.update(risk_level="highest", risk_score=90, seller_message="Stripe blocked this payment.")
    elif decline:
        outcome.update(
            network_status="declined_by_network", reason=decline.decline_code, type="issuer_declined"
        )
        outcome["seller_message"] = "The bank declined the payment."
    return outcome


def _details(method: Obj) -> Obj:
    kind = method["type"]
    if kind != "card":
        details = {key: value for key, value in method[kind].items() if not key.startswith("_")}
        return {kind: {**details, "mandate": None}, "type": kind}
    names = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    card = {name: method["card"][name] for name in names}
    card["checks"] = {**method["card"]["checks"], "cvc_check": "pass"}
    card.update(network=card["brand"], three_d_secure=None)
    return {"card": card, "type": "card"}


def approve(engine: Engine, charge: Obj, *, capture: bool) -> None:
    charge.update(status="succeeded", paid=True, captured=capture)
    if capture:
        charge["amount_captured"] = charge["amount"]
        engine.schedule("charge.settle", CAPTURE_DELAY, charge_id=charge["id"])
    engine.store.put(charge)
    engine.emit("charge.succeeded", charge)
    _what_the_card_brings(engine, charge)


def _what_the_card_brings(engine: Engine, charge: Obj) -> None:
    card = cards.behaviour(charge["_card"]) if charge["_card"] else None
    reason = card.dispute if card else None
    if reason is None and engine.faults.strikes("dispute"):
        reason = "fraudulent"
    if reason:
        engine.schedule("dispute.open", disputes.OPENED_AFTER, charge_id=charge["id"], reason=reason)
    if card and card.fraud_warning:
        engine.schedule("charge.fraud_warning", disputes.OPENED_AFTER, charge_id=charge["id"])


def capture(engine: Engine, charge: Obj, amount: int) -> None:
    """Takes what was only authorized; what is left over goes back to the card."""
    charge.update(captured=True, amount_captured=amount, amount_refunded=charge["amount"] - amount)
    engine.schedule("charge.settle", CAPTURE_DELAY, charge_id=charge["id"])
    engine.store.put(charge)
    engine.emit("charge.captured", charge)


def release(engine: Engine, charge: Obj) -> None:
    """An authorization that is canceled reads as refunded."""
    charge.update(refunded=True, amount_refunded=charge["amount"])
    engine.store.put(charge)
    engine.emit("charge.refunded", charge)


@job("charge.settle")
def settle(engine: Engine, charge_id: str) -> None:
    """The capture is asynchronous: the balance transaction comes a little later."""
    charge = require(engine.store, "charge", charge_id)
    amount, currency = charge["amount_captured"], charge["currency"]
    charge["balance_transaction"] = balance.book(engine, "charge", amount, currency, charge_id)
    charge["receipt_url"] = f"{engine.base_url}/receipts/{charge_id}"
    engine.store.put(charge)
    engine.emit("charge.updated", charge, {"balance_transaction": None, "receipt_url": None})


@job("charge.fraud_warning")
def warn_of_fraud(engine: Engine, charge_id: str) -> None:
    charge = require(engine.store, "charge", charge_id)
    warning = {
        "id": engine.new_id("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": charge_id,
        "created": engine.now(),
        "fraud_type": "misc",
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
    engine.store.put(warning)
    engine.emit("radar.early_fraud_warning.created", warning)


def update(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    charge = require(engine.store, "charge", id)
    if "metadata" in params:
        charge["metadata"] = merged_metadata(charge["metadata"], params.pop("metadata"))
    charge.update(params)
    engine.store.put(charge)
    return charge
