"""Idempotency keys: the first answer is kept and given again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .engine import Engine
from .errors import ApiError, invalid
from .store import Obj

KEPT = 24 * 3600
LONGEST = 255


@dataclass(frozen=True)
class Replay:
    """A stored answer."""

    status: int
    body: str
    original_request: str


@dataclass(frozen=True)
class Claim:
    """A key that is ours until `keep` or `release`."""

    key: str
    endpoint: str
    fingerprint: str
    request_id: str

    @property
    def shown(self) -> str:
        """The key as the client gave it, without the mark of whose it is."""
        return self.key.partition(":")[2]


def fingerprint(parameters: str) -> str:
    """The same for the same parameters in any order."""
    return hashlib.sha256("&".join(sorted(parameters.split("&"))).encode()).hexdigest()


class IdempotencyKeys:
    """Running requests are known in memory only: after a crash their keys are free, as nothing was answered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running: dict[str, Claim] = {}
        engine.on_reset.append(self._running.clear)

    def claim(self, key: str, endpoint: str, parameters: str, request_id: str) -> Claim | Replay:
        """Raises ApiError: other endpoint or parameters (400), or still running (409)."""
        claim = Claim(key, endpoint, fingerprint(parameters), request_id)
        if len(claim.shown) > LONGEST:
            raise invalid(f"Idempotency keys have at most {LONGEST} characters; this has {len(claim.shown)}.")
        with self._engine.transaction():
            running = self._running.get(key)
            if running:
                _check_same(claim, running.endpoint, running.fingerprint)
                raise _in_use(claim.shown)
            stored = self._stored(key)
            if stored:
                _check_same(claim, stored["endpoint"], stored["fingerprint"])
                return Replay(stored["status"], stored["body"], stored["request"])
            self._running[key] = claim
            return claim

    def _stored(self, key: str) -> Obj | None:
        stored = self._engine.store.get("_idempotency", key)
        if stored and stored["at"] + KEPT <= self._engine.clock.now():
            self._engine.store.delete("_idempotency", key)
            return None
        return stored

    def keep(self, claim: Claim, status: int, body: str) -> None:
        """Call inside the transaction that did the work, so that both survive or neither."""
        entry = {
            "id": claim.key,
            "endpoint": claim.endpoint,
            "fingerprint": claim.fingerprint,
            "status": status,
            "body": body,
            "request": claim.request_id,
            "at": self._engine.clock.now(),
        }
        self._engine.store.put(entry, "_idempotency")

    def release(self, claim: Claim) -> None:
        with self._engine.lock:
            if self._running.get(claim.key) is claim:
                del self._running[claim.key]


def _check_same(claim: Claim, endpoint: str, fingerprint: str) -> None:
    if claim.endpoint != endpoint:
        message = (
            "Keys for idempotent requests can only be used for the same endpoint they were first used for"
            f" ('{endpoint}' vs '{claim.endpoint}'). Try using a key other than '{claim.shown}' if you meant to"
            " execute a different request."
        )
    elif claim.fingerprint != fingerprint:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with."
            f" Try using a key other than '{claim.shown}' if you meant to execute a different request."
        )
    else:
        return
    raise ApiError(400, message, type="idempotency_error")


def _in_use(key: str) -> ApiError:
    return ApiError(
        409,
        f"There is currently another in-progress request using this Idempotent Key ('{key}'). Please try again later.",
        type="idempotency_error",
        code="idempotency_key_in_use",
    )
