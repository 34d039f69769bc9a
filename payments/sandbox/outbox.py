"""Deliveries by the time of their next attempt."""

from __future__ import annotations

import heapq

from .store import Store


class Outbox:
    """Ids of deliveries by the time of their next attempt. Used under the engine's lock."""

    def __init__(self, store: Store) -> None:
        self._due = sorted(
            (delivery["next_at"], delivery["id"])
            for delivery in store.all("_delivery")
            if delivery["state"] == "pending"
        )

    def add(self, at: float, delivery_id: str) -> None:
        heapq.heappush(self._due, (at, delivery_id))

    def next_at(self) -> float | None:
        return self._due[0][0] if self._due else None

    def take(self, now: float) -> str | None:
        if self._due and self._due[0][0] <= now:
            return heapq.heappop(self._due)[1]
        return None

    def clear(self) -> None:
        self._due.clear()
