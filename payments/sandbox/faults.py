"""Things that go wrong on purpose: switched on by tests, by the control API and on the control page.

Every fault strikes either the next `count` times or, without a count, each time with `probability`. The dice have
their own seeded source, so that a run can be repeated.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

API_OUTCOMES = ("error_500", "error_429", "hang", "drop", "slow")
WEBHOOK_ACTIONS = ("drop", "lose", "delay", "duplicate", "twin", "reorder")
OBJECT_KINDS = ("refund_fails", "dispute", "delayed")


@dataclass
class Fault:
    """`kind` is "api", "webhook", or one of OBJECT_KINDS; `effect` is an API outcome or a webhook action.

    api: `error_500`, `error_429`, `hang` (hold the line for `seconds`, then cut it), `drop` (cut the line), `slow`
    (work, but after `seconds`); `when` says whether the request is executed first ("after") or never ("before").
    webhook: `drop` fails one attempt (it is retried), `lose` means no attempt ever, `delay` waits `seconds`,
    `duplicate` sends `copies` more, `twin` makes a second event object, `reorder` shuffles what happens together.
    """

    id: str
    kind: str
    effect: str = ""
    path: str = "/v1/"
    method: str = "*"
    when: str = "before"
    types: str = "*"
    count: int | None = None
    probability: float = 1.0
    seconds: float = 30.0
    copies: int = 1

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class InvalidFault(ValueError):
    """The description of a fault makes no sense; the message says why."""


class Faults:
    """The faults that are switched on. Not locked: the engine calls it under its own lock."""

    def __init__(self, new_id: Any, seed: int | None) -> None:
        self._new_id = new_id
        self._seed = seed
        self.clear()

    def clear(self) -> None:
        self.active: list[Fault] = []
        self.dice = random.Random(None if self._seed is None else f"{self._seed}:faults")

    def add(self, description: dict[str, Any]) -> Fault:
        """Raises InvalidFault."""
        fault = _checked(Fault(id=self._new_id("fault"), **_known(description)))
        self.active.append(fault)
        return fault

    def remove(self, id: str) -> bool:
        before = len(self.active)
        self.active = [fault for fault in self.active if fault.id != id]
        return len(self.active) < before

    def api(self, effect: str, path: str = "/v1/", **more: Any) -> Fault:
        """`faults.api("error_500", "/v1/refunds", count=1, when="after")`."""
        return self.add({"kind": "api", "effect": effect, "path": path, **more})

    def webhook(self, effect: str, **more: Any) -> Fault:
        """`faults.webhook("drop", count=2, types="payment_intent.*")`."""
        return self.add({"kind": "webhook", "effect": effect, **more})

    def refund_fails(self, count: int = 1) -> Fault:
        """The next refunds succeed at first and fail later."""
        return self.add({"kind": "refund_fails", "count": count})

    def dispute_next(self, count: int = 1) -> Fault:
        """The next charges are disputed once they have succeeded."""
        return self.add({"kind": "dispute", "count": count})

    def delay_next(self, count: int = 1) -> Fault:
        """The next confirmed intents rest in `processing` like a bank debit."""
        return self.add({"kind": "delayed", "count": count})

    def for_request(self, method: str, path: str) -> Fault | None:
        matching = (
            fault
            for fault in self.active
            if fault.kind == "api" and path.startswith(fault.path) and fault.method in ("*", method)
        )
        return self._first_striking(matching)

    def for_event(self, effects: Iterable[str], type: str) -> Fault | None:
        wanted = tuple(effects)
        matching = (
            fault
            for fault in self.active
            if fault.kind == "webhook" and fault.effect in wanted and _type_matches(fault.types, type)
        )
        return self._first_striking(matching)

    def strikes(self, kind: str) -> bool:
        return self._first_striking(fault for fault in self.active if fault.kind == kind) is not None

    def _first_striking(self, matching: Iterable[Fault]) -> Fault | None:
        return next((fault for fault in list(matching) if self._strikes(fault)), None)

    def _strikes(self, fault: Fault) -> bool:
        if fault.probability < 1 and self.dice.random() >= fault.probability:
            return False
        if fault.count is not None:
            fault.count -= 1
            if fault.count <= 0:
                self.remove(fault.id)
        return True


def _type_matches(pattern: str, type: str) -> bool:
    return pattern in ("*", type) or (pattern.endswith(".*") and type.startswith(pattern[:-1]))


def _known(description: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(Fault)} - {"id"}
    unknown = set(description) - names
    if unknown:
        raise InvalidFault(f"Unknown: {', '.join(sorted(unknown))}")
    if "kind" not in description:
        raise InvalidFault("Missing: kind")
    return description


def _checked(fault: Fault) -> Fault:
    effects = {"api": API_OUTCOMES, "webhook": WEBHOOK_ACTIONS, **dict.fromkeys(OBJECT_KINDS, ("",))}
    for name in ("kind", "effect", "path", "method", "when", "types"):
        if not isinstance(getattr(fault, name), str):
            raise InvalidFault(f"{name} must be a text")
    if fault.kind not in effects:
        raise InvalidFault(f"kind must be one of {', '.join(effects)}")
    if fault.effect not in effects[fault.kind]:
        raise InvalidFault(f"effect must be one of {', '.join(effects[fault.kind])}")
    if fault.when not in ("before", "after"):
        raise InvalidFault("when must be before or after")
    _check_numbers(fault)
    return fault


def _check_numbers(fault: Fault) -> None:
    if not isinstance(fault.probability, int | float) or not 0 <= fault.probability <= 1:
        raise InvalidFault("probability must be between 0 and 1")
    if not isinstance(fault.seconds, int | float) or not 0 <= fault.seconds <= 86400:
        raise InvalidFault("seconds must be between 0 and 86400")
    if fault.count is not None and (not isinstance(fault.count, int) or fault.count < 1):
        raise InvalidFault("count must be a positive whole number, or absent")
    if not isinstance(fault.copies, int) or not 1 <= fault.copies <= 100:
        raise InvalidFault("copies must be between 1 and 100")
