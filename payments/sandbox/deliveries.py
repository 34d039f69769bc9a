"""Webhook deliveries: who gets which event, each attempt freshly signed, and what follows from the answer."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .store import Obj
from .views import public

if TYPE_CHECKING:
    from .engine import Engine

# Real Stripe spreads retries over hours; here each step is short enough to watch.
BACKOFF = (2, 5, 15, 60, 300, 600, 1800, 3600, 7200)
STAGGER = 0.05  # what happens together is sent in order, though not one after the other
USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


@dataclass(frozen=True)
class Attempt:
    """One POST that is to be made."""

    delivery: str
    generation: int
    url: str
    body: bytes
    headers: dict[str, str]


def body_of(event: Obj) -> bytes:
    """The same bytes at every attempt: `pending_webhooks` says how many endpoints there were at first."""
    frozen = {**event, "pending_webhooks": event.get("_wanted", event["pending_webhooks"])}
    return json.dumps(public(frozen), indent=2).encode()


def signature(body: bytes, secrets: list[str], at: int) -> str:
    """The Stripe-Signature header: one v1 per live secret, and the v0 that test mode adds and receivers ignore."""

    def hexdigest(secret: str) -> str:
        return hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()

    current = [f"v1={hexdigest(secret)}" for secret in secrets]
    return ",".join([f"t={at}", *current, f"v0={hexdigest('v0' + secrets[0])}"])


def headers_for(body: bytes, secrets: list[str], at: int) -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Cache-Control": "no-cache",
        "Accept": "*/*; q=0.5, application/xml",
        "User-Agent": USER_AGENT,
        "Stripe-Signature": signature(body, secrets, at),
    }


def enqueue(engine: Engine, event: Obj, place: int) -> int:
    """Notes one delivery per endpoint that wants the event. Returns how many; faults may lose or repeat some."""
    wanting = [
        endpoint for endpoint in engine.store.all("webhook_endpoint") if _wants(endpoint, event["type"])
    ]
    for endpoint in wanting:
        if not engine.faults.for_event(["lose"], event["type"]):
            _enqueue_one(engine, event, endpoint, place)
    return len(wanting)


def _wants(endpoint: Obj, type: str) -> bool:
    return endpoint["status"] == "enabled" and bool({"*", type} & set(endpoint["enabled_events"]))


def _enqueue_one(engine: Engine, event: Obj, endpoint: Obj, place: int) -> None:
    delayed = engine.faults.for_event(["delay"], event["type"])
    wait = place * STAGGER + (delayed.seconds if delayed else 0)
    create(engine, event["id"], endpoint, wait)
    doubled = engine.faults.for_event(["duplicate"], event["type"])
    for copy in range(doubled.copies if doubled else 0):
        create(engine, event["id"], endpoint, wait + STAGGER * (copy + 1))


def create(engine: Engine, event_id: str, endpoint: Obj, wait: float = 0) -> Obj:
    delivery = {
        "id": engine.new_id("dlv"),
        "event": event_id,
        "endpoint": endpoint["id"],
        "url": endpoint["url"],
        "state": "pending",
        "created": engine.now(),
        "next_at": engine.clock.now() + wait,
        "attempts": [],
    }
    engine.store.put(delivery, "_delivery")
    engine.outbox.add(delivery["next_at"], delivery["id"])
    return delivery


def resend(engine: Engine, event_id: str) -> int:
    """Sends an event again to every enabled endpoint, as the dashboard's button does. Returns to how many."""
    endpoints = [point for point in engine.store.all("webhook_endpoint") if point["status"] == "enabled"]
    for endpoint in endpoints:
        create(engine, event_id, endpoint)
    return len(endpoints)


def prepare(engine: Engine, delivery_id: str) -> Attempt | None:
    """The next attempt of a delivery; None when there is nothing to send (endpoint gone, or a fault ate it)."""
    delivery = engine.store.get("_delivery", delivery_id)
    if delivery is None or delivery["state"] != "pending":
        return None
    endpoint = engine.store.get("webhook_endpoint", delivery["endpoint"])
    event = engine.store.get("event", delivery["event"])
    if endpoint is None or event is None or endpoint["status"] != "enabled":
        _end(engine, delivery, "stopped")
        return None
    if engine.faults.for_event(["drop"], event["type"]):
        record(engine, delivery_id, None, "dropped by a fault", 0)
        return None
    body = body_of(event)
    headers = headers_for(body, endpoint["_secrets"], int(engine.clock.wall()))
    return Attempt(delivery_id, engine.generation, endpoint["url"], body, headers)


def record(engine: Engine, delivery_id: str, status: int | None, error: str | None, seconds: float) -> None:
    """Notes how an attempt went. Any 2xx ends the delivery; everything else is tried again, ten times in all."""
    delivery = engine.store.get("_delivery", delivery_id)
    if delivery is None:
        return
    attempts = delivery["attempts"]
    attempts.append({"at": engine.now(), "status": status, "error": error, "seconds": round(seconds, 3)})
    if status is not None and 200 <= status < 300:
        _end(engine, delivery, "delivered")
    elif len(attempts) > len(BACKOFF):
        _end(engine, delivery, "failed")
    else:
        delivery["next_at"] = engine.clock.now() + BACKOFF[len(attempts) - 1]
        engine.store.put(delivery, "_delivery")
        engine.outbox.add(delivery["next_at"], delivery_id)


def _end(engine: Engine, delivery: Obj, state: str) -> None:
    delivery.update(state=state, next_at=None)
    engine.store.put(delivery, "_delivery")
    event = engine.store.get("event", delivery["event"])
    if event:
        siblings = engine.store.find("_delivery", "event", event["id"])
        event["pending_webhooks"] = sum(sibling["state"] == "pending" for sibling in siblings)
        engine.store.put(event)
