"""Refunds. They never change the PaymentIntent: look at the charge."""

from __future__ import annotations

from typing import Any

from . import balance, cards, disputes
from .engine import Engine
from .errors import invalid, refused
from .money import written
from .params import merged_metadata
from .store import Obj
from .timetable import job
from .views import require

REFERENCE_DELAY = 1  # seconds until the card network's reference is known
OUTCOME_DELAY = 5  # seconds until a pending refund succeeds, or one that shall fail does


def create(engine: Engine, params: dict[str, Any]) -> Obj:
    """Gives back `amount`, or all that is left. Raises ApiError for everything that Stripe refuses."""
    charge = _charge(engine, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    _check(engine, charge, amount, left)
    kind = _kind(engine, charge)
    refund = _new(engine, charge, amount, params)
    refund["status"] = "pending" if kind == "pending" else "succeeded"
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    _take_from(engine, charge, refund)
    engine.store.put(refund)
    engine.emit("refund.created", refund)
    engine.emit("charge.refunded", charge, before)
    _what_follows(engine, refund["id"], kind)
    return refund


def _charge(engine: Engine, params: dict[str, Any]) -> Obj:
    if ("charge" in params) == ("payment_intent" in params):
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    if "charge" in params:
        return require(engine.store, "charge", params["charge"], param="charge", status=400)
    intent = require(
        engine.store, "payment_intent", params["payment_intent"], param="payment_intent", status=400
    )
    if intent["status"] != "succeeded":
        raise refused(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return require(engine.store, "charge", intent["latest_charge"])


def _check(engine: Engine, charge: Obj, amount: int, left: int) -> None:
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise refused(f"Charge {charge['id']} has not been paid and cannot be refunded.")
    if disputes.blocks_refunds(engine, charge["id"]):
        raise refused(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if left == 0:
        raise refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        currency = charge["currency"]
        raise refused(
            f"Refund amount ({written(amount, currency)}) is greater than unrefunded amount on charge"
            f" ({written(left, currency)})",
            "amount",
        )


def _kind(engine: Engine, charge: Obj) -> str | None:
    if engine.faults.strikes("refund_fails"):
        return "fails"
    return cards.behaviour(charge["_card"]).refund if charge["_card"] else None


def _new(engine: Engine, charge: Obj, amount: int, params: dict[str, Any]) -> Obj:
    refund: Obj = {
        "id": engine.new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": engine.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "metadata": merged_metadata({}, params.get("metadata") or {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending",
        "transfer_reversal": None,
    }
    if "card" in charge["payment_method_details"]:
        reference = {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        }
        refund["destination_details"] = {"card": reference, "type": "card"}
    return refund


def _take_from(engine: Engine, charge: Obj, refund: Obj) -> None:
    amount, currency = refund["amount"], charge["currency"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    engine.store.put(charge)
    refund["balance_transaction"] = balance.book(engine, "refund", -amount, currency, refund["id"])


def _what_follows(engine: Engine, refund_id: str, kind: str | None) -> None:
    if kind == "pending":
        engine.schedule("refund.succeed", OUTCOME_DELAY, refund_id=refund_id)
        return
    engine.schedule("refund.reference", REFERENCE_DELAY, refund_id=refund_id)
    if kind == "fails":
        engine.schedule("refund.fail", OUTCOME_DELAY, refund_id=refund_id)


def _tell_update(engine: Engine, refund: Obj, previous: Obj) -> None:
    engine.store.put(refund)
    engine.emit("refund.updated", refund, previous)
    engine.emit("charge.refund.updated", refund, previous)


@job("refund.reference")
def add_reference(engine: Engine, refund_id: str) -> None:
    """The network's reference arrives: what the customer can ask the bank for."""
    refund = require(engine.store, "refund", refund_id)
    details = refund.get("destination_details")
    if details is None or refund["status"] != "succeeded":
        return
    before = {"card": dict(details["card"]), "type": details["type"]}
    details["card"].update(reference=refund_id[-11:].upper(), reference_status="available")
    _tell_update(engine, refund, {"destination_details": before})


@job("refund.succeed")
def succeed(engine: Engine, refund_id: str) -> None:
    refund = require(engine.store, "refund", refund_id)
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        _tell_update(engine, refund, {"status": "pending"})


@job("refund.fail")
def fail(engine: Engine, refund_id: str) -> Obj:
    """The bank sends the money back to the shop, days after the refund looked done."""
    refund = require(engine.store, "refund", refund_id)
    if refund["status"] not in ("succeeded", "pending"):
        return refund
    before = refund["status"]
    charge = require(engine.store, "charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    engine.store.put(charge)
    booked = balance.book(engine, "refund_failure", refund["amount"], refund["currency"], refund_id)
    refund.update(status="failed", failure_reason="unknown", failure_balance_transaction=booked)
    engine.store.put(refund)
    engine.emit("refund.failed", refund)
    _tell_update(engine, refund, {"status": before})
    return refund


def update(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    refund = require(engine.store, "refund", id)
    if "metadata" in params:
        before = {"metadata": refund["metadata"]}
        refund["metadata"] = merged_metadata(refund["metadata"], params["metadata"])
        _tell_update(engine, refund, before)
    return refund


def cancel(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    """Only a refund that waits for the customer can be canceled; none of the sandbox's ever does."""
    refund = require(engine.store, "refund", id)
    raise refused(f"Refund {id} is {refund['status']}; only a refund in requires_action can be canceled.")
