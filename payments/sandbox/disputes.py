"""Disputes: the bank takes the money back until the case is decided. Inquiries only ask."""

from __future__ import annotations

from typing import Any

from . import balance
from .engine import Engine
from .errors import invalid, refused
from .params import merged_metadata
from .store import Obj
from .timetable import job
from .views import require

OPENED_AFTER = 1  # seconds after the charge
DECIDED_AFTER = 5  # seconds after evidence was submitted
OPEN = ("needs_response", "warning_needs_response")
TAKES_THE_MONEY = ("needs_response", "under_review", "lost")


@job("dispute.open")
def open_dispute(engine: Engine, charge_id: str, reason: str = "fraudulent") -> Obj:
    """Opens a dispute over what is left of a charge. `reason` "inquiry" opens an inquiry."""
    charge = require(engine.store, "charge", charge_id)
    if charge["disputed"] or not charge["paid"]:
        raise invalid("Only a paid charge that is not disputed yet can be disputed.")
    inquiry = reason == "inquiry"
    charge["disputed"] = True
    engine.store.put(charge)
    dispute = _new(engine, charge, "fraudulent" if inquiry else reason)
    dispute["status"] = "warning_needs_response" if inquiry else "needs_response"
    dispute["is_charge_refundable"] = inquiry
    if not inquiry:
        _book(engine, dispute, -dispute["amount"])
    engine.store.put(dispute)
    engine.emit("charge.dispute.created", dispute)
    if not inquiry:
        engine.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _new(engine: Engine, charge: Obj, reason: str) -> Obj:
    return {
        "id": engine.new_id("du"),
        "object": "dispute",
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": engine.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"uncategorized_text": None},
        "evidence_details": {
            "due_by": engine.now() + 7 * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": charge["payment_method_details"].get("card", {}).get("brand"),
                "case_type": "chargeback",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }


def _book(engine: Engine, dispute: Obj, amount: int) -> None:
    id = balance.book(engine, "adjustment", amount, dispute["currency"], dispute["id"])
    dispute["balance_transactions"].append(engine.store.get("balance_transaction", id))


def blocks_refunds(engine: Engine, charge_id: str) -> bool:
    disputes = engine.store.find("dispute", "charge", charge_id)
    return any(dispute["status"] in TAKES_THE_MONEY for dispute in disputes)


def update(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    """Evidence goes to the bank, which decides a little later. "winning_evidence" wins, anything else loses."""
    dispute = require(engine.store, "dispute", id)
    if "metadata" in params:
        dispute["metadata"] = merged_metadata(dispute["metadata"], params["metadata"])
    if "evidence" in params:
        _add_evidence(engine, dispute, params["evidence"], submit=params.get("submit", True))
    engine.store.put(dispute)
    engine.emit("charge.dispute.updated", dispute)
    return dispute


def _add_evidence(engine: Engine, dispute: Obj, evidence: dict[str, Any], *, submit: bool) -> None:
    if dispute["status"] not in OPEN:
        raise refused("This dispute is already closed or under review: evidence can no longer be given.")
    dispute["evidence"].update(evidence)
    dispute["evidence_details"]["has_evidence"] = True
    if submit:
        inquiry = dispute["status"] == "warning_needs_response"
        dispute["status"] = "warning_under_review" if inquiry else "under_review"
        dispute["evidence_details"]["submission_count"] += 1
        engine.schedule("dispute.decide", DECIDED_AFTER, dispute_id=dispute["id"])


@job("dispute.decide")
def decide(engine: Engine, dispute_id: str) -> None:
    dispute = require(engine.store, "dispute", dispute_id)
    if dispute["status"] == "warning_under_review":
        end(engine, dispute, "warning_closed")
    elif dispute["status"] == "under_review":
        won = dispute["evidence"].get("uncategorized_text") == "winning_evidence"
        end(engine, dispute, "won" if won else "lost")


def close(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    """Accepts the loss."""
    dispute = require(engine.store, "dispute", id)
    if dispute["status"] not in OPEN:
        raise refused("This dispute is already closed.")
    return end(engine, dispute, "warning_closed" if dispute["status"].startswith("warning") else "lost")


def end(engine: Engine, dispute: Obj, status: str) -> Obj:
    """Closes with `won`, `lost` or `warning_closed`."""
    dispute["status"] = status
    if status == "won":
        _book(engine, dispute, dispute["amount"])
    engine.store.put(dispute)
    engine.emit("charge.dispute.closed", dispute)
    if status == "won":
        engine.emit("charge.dispute.funds_reinstated", dispute)
    return dispute
