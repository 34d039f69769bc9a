"""What is going to happen later: stored, so that it survives a restart."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, TypeVar

from .store import Obj, Store

Job = Callable[..., Any]
F = TypeVar("F", bound=Callable[..., Any])
JOBS: dict[str, Job] = {}


def job(name: str) -> Callable[[F], F]:
    """Registers what the timetable may call: `function(engine, **arguments)`."""

    def register(function: F) -> F:
        JOBS[name] = function
        return function

    return register


class Timetable:
    """Jobs by the time they are due. Not locked: the engine uses it under its own lock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._due = sorted((entry["at"], entry["id"]) for entry in store.all("_job"))

    def add(self, id: str, name: str, at: float, arguments: dict[str, Any]) -> None:
        self._store.put({"id": id, "name": name, "at": at, "with": arguments}, "_job")
        heapq.heappush(self._due, (at, id))

    def next_at(self) -> float | None:
        return self._due[0][0] if self._due else None

    def take(self, now: float) -> Obj | None:
        """The next job that is due. The caller deletes it in the transaction that does it."""
        while self._due and self._due[0][0] <= now:
            entry = self._store.get("_job", heapq.heappop(self._due)[1])
            if entry:
                return entry
        return None

    def clear(self) -> None:
        self._due.clear()
