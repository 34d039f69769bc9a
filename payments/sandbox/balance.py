"""Balance transactions: what moved on the account. Fees are left out."""

from __future__ import annotations

from .engine import Engine
from .store import Obj

DAYS_TO_AVAILABLE = 7


def book(engine: Engine, kind: str, amount: int, currency: str, source: str) -> str:
    """Writes one movement (`amount` signed) and returns its id."""
    transaction: Obj = {
        "id": engine.new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": engine.now() + DAYS_TO_AVAILABLE * 86400,
        "balance_type": "payments",
        "created": engine.now(),
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": "dispute" if kind == "adjustment" else kind,
        "source": source,
        "status": "pending",
        "type": kind,
    }
    engine.store.put(transaction)
    return str(transaction["id"])
