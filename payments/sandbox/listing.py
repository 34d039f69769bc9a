"""Lists: newest first, filtered, in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .engine import Engine
from .errors import invalid
from .store import Obj

EVENTS_KEPT = 30 * 86400
Test = Callable[[Obj], bool]


def listed(engine: Engine, kind: str, params: dict[str, Any], url: str, tests: Iterable[Test] = ()) -> Obj:
    """One page. `starting_after` and `ending_before` name the object next to the page."""
    tests = [*tests, _created(params.get("created", {}))]
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Limit must be between 1 and 100", "limit", "parameter_invalid_integer")
    _check_cursor(engine, kind, params)
    candidates = engine.store.newest(kind)
    if "ending_before" in params:
        page, more = _before(candidates, tests, params["ending_before"], limit)
    else:
        page, more = _after(candidates, tests, params.get("starting_after"), limit)
    return {"object": "list", "data": page, "has_more": more, "url": url}


def _check_cursor(engine: Engine, kind: str, params: dict[str, Any]) -> None:
    for name in ("starting_after", "ending_before"):
        if name in params and not engine.store.has(kind, params[name]):
            raise invalid(f"No such {kind}: '{params[name]}'", name, "resource_missing")


def _after(
    candidates: Iterable[Obj], tests: list[Test], cursor: str | None, limit: int
) -> tuple[list[Obj], bool]:
    """What is older than the cursor, which itself need not pass the tests."""
    page: list[Obj] = []
    waiting = cursor is not None
    for obj in candidates:
        if waiting:
            waiting = obj["id"] != cursor
        elif all(test(obj) for test in tests):
            if len(page) == limit:
                return page, True
            page.append(obj)
    return page, False


def _before(candidates: Iterable[Obj], tests: list[Test], cursor: str, limit: int) -> tuple[list[Obj], bool]:
    """The page of newer ones that is next to the cursor."""
    newer: list[Obj] = []
    for obj in candidates:
        if obj["id"] == cursor:
            break
        if all(test(obj) for test in tests):
            newer.append(obj)
    return newer[-limit:], len(newer) > limit


def _created(bounds: dict[str, int]) -> Test:
    comparisons: dict[str, Callable[[int, int], bool]] = {
        "gt": int.__gt__,
        "gte": int.__ge__,
        "lt": int.__lt__,
        "lte": int.__le__,
    }
    return lambda obj: all(comparisons[name](obj["created"], bound) for name, bound in bounds.items())


def equal(params: dict[str, Any], *fields: str) -> list[Test]:
    """Tests for the given filters among these fields."""

    def test(field: str) -> Test:
        return lambda obj: obj[field] == params[field]

    return [test(field) for field in fields if field in params]


def events(engine: Engine, params: dict[str, Any], url: str) -> Obj:
    """Kept 30 days; by `type` (also "payment_intent.*") or up to 20 `types`, and by whether they were delivered."""
    wanted = params.get("types") or ([params["type"]] if "type" in params else [])
    if len(wanted) > 20:
        raise invalid("You can filter by at most 20 event types.", "types")
    oldest = engine.now() - EVENTS_KEPT
    tests: list[Test] = [lambda event: event["created"] >= oldest]
    if wanted:
        tests.append(lambda event: any(_is_type(event["type"], pattern) for pattern in wanted))
    if "delivery_success" in params:
        tests.append(lambda event: (event["pending_webhooks"] == 0) == params["delivery_success"])
    return listed(engine, "event", params, url, tests)


def _is_type(type: str, pattern: str) -> bool:
    return type == pattern or (pattern.endswith("*") and type.startswith(pattern[:-1]))
