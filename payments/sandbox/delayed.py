"""Methods that take days: the intent rests in `processing` until the bank answers."""

from __future__ import annotations

from . import attempts, charges
from .cards import Decline
from .engine import Engine
from .store import Obj
from .timetable import job
from .views import require

SETTLES_AFTER = 180
BOUNCED = Decline(
    "payment_intent_payment_attempt_failed",
    "generic_decline",
    "The payment failed: the bank returned the debit.",
)


def begin(engine: Engine, intent: Obj, method: Obj) -> None:
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
        SETTLES_AFTER,
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
        attempts.succeed(engine, intent)
        return intent
    method = require(engine.store, "payment_method", charge["payment_method"])
    charge.update(status="failed", failure_code=BOUNCED.code, failure_message=BOUNCED.message)
    engine.store.put(charge)
    engine.emit("charge.failed", charge)
    attempts.fail(engine, intent, attempts.payment_error(BOUNCED, method, charge["id"]))
    return intent
