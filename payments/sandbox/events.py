"""Events: frozen snapshots, handed to every endpoint that wants them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from . import deliveries
from .store import Obj
from .views import public

if TYPE_CHECKING:
    from .engine import Engine


def publish(engine: Engine, emitted: list[Obj]) -> None:
    """Keeps the events of one transaction and hands them to the endpoints; faults may shuffle or double them."""
    if not emitted:
        return
    if len(emitted) > 1 and engine.faults.for_event(["reorder"], emitted[0]["type"]):
        engine.faults.dice.shuffle(emitted)
    for place, event in enumerate(_with_twins(engine, emitted)):
        event["data"] = public(event["data"])
        event["pending_webhooks"] = event["_wanted"] = deliveries.enqueue(engine, event, place)
        engine.store.put(event)


def _with_twins(engine: Engine, emitted: list[Obj]) -> list[Obj]:
    """Now and then Stripe makes two event objects of one fact."""
    result = []
    for event in emitted:
        result.append(event)
        if engine.faults.for_event(["twin"], event["type"]):
            result.append({**copy.deepcopy(event), "id": engine.new_id("evt")})
    return result
