"""The sandbox's one lock, clock, random source, store and timetable. The rules live in the modules beside it."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from . import API_VERSION, events
from .clock import Clock, SystemClock
from .errors import ApiError
from .faults import Faults
from .ids import Ids
from .outbox import Outbox
from .store import Obj, Store
from .timetable import JOBS, Timetable


@dataclass(frozen=True)
class RequestContext:
    """Who asked: ends up in the `request` field of the events. Empty when Stripe itself acts."""

    id: str | None = None
    idempotency_key: str | None = None
    publishable: bool = False


NOBODY = RequestContext()


class Engine:
    """Thread-safe: everything happens inside `transaction()`, one at a time."""

    def __init__(
        self, *, clock: Clock | None = None, seed: int | None = None, database: str | None = None
    ) -> None:
        self.lock = threading.RLock()
        self.clock: Clock = clock or SystemClock()
        self.ids = Ids(seed)
        self.faults = Faults(self.ids.new, seed)
        self.store = Store(database)
        self.base_url = "http://127.0.0.1:12111"
        self.request = NOBODY
        self.generation = 0  # counts resets, so that late answers to an earlier life are ignored
        self.on_sooner: Callable[[], None] = lambda: None  # something is due earlier than what was known
        self.on_reset: list[Callable[[], None]] = []
        self._emitted: list[Obj] = []
        self.timetable = Timetable(self.store)
        self.outbox = Outbox(self.store)

    def now(self) -> int:
        return int(self.clock.now())

    def new_id(self, prefix: str) -> str:
        return self.ids.new(prefix)

    @contextmanager
    def transaction(self, request: RequestContext = NOBODY) -> Iterator[Engine]:
        """All or nothing. An ApiError of an executed request is an answer like any other: what it did stays."""
        with self.lock:
            self.request = request
            due = self.next_due()
            try:
                yield self
            except BaseException as error:
                if isinstance(error, ApiError) and error.executed:
                    self._finish(due)
                else:
                    self._emitted.clear()
                    self.store.rollback()
                raise
            else:
                self._finish(due)
            finally:
                self.request = NOBODY

    def _finish(self, due_before: float | None) -> None:
        emitted, self._emitted = self._emitted, []
        events.publish(self, emitted)
        self.store.commit()
        due = self.next_due()
        if due is not None and (due_before is None or due < due_before):
            self.on_sooner()

    def emit(self, type: str, obj: Obj, previous: Obj | None = None) -> None:
        """Freezes the object as it is now; published when the transaction ends."""
        data: Obj = {"object": copy.deepcopy(obj)}
        if previous is not None:
            data["previous_attributes"] = previous
        self._emitted.append(
            {
                "id": self.new_id("evt"),
                "object": "event",
                "api_version": API_VERSION,
                "created": self.now(),
                "data": data,
                "livemode": False,
                "pending_webhooks": 0,
                "request": {"id": self.request.id, "idempotency_key": self.request.idempotency_key},
                "type": type,
            }
        )

    def schedule(self, name: str, seconds: float, **arguments: Any) -> None:
        self.timetable.add(self.new_id("job"), name, self.clock.now() + seconds, arguments)

    def next_due(self) -> float | None:
        """When the next job or the next attempt of a delivery is due."""
        with self.lock:
            times = [self.timetable.next_at(), self.outbox.next_at()]
            return min((at for at in times if at is not None), default=None)

    def run_due(self) -> int:
        """Does what the timetable says is due by now, in order. Returns how many jobs that was."""
        done = 0
        while self._run_next():
            done += 1
        return done

    def _run_next(self) -> bool:
        with self.lock:
            entry = self.timetable.take(self.clock.now())
            if entry is None:
                return False
            # An ApiError here means that the object has moved on since: then there is nothing left to do.
            with suppress(ApiError), self.transaction():
                self.store.delete("_job", entry["id"])
                JOBS[entry["name"]](self, **entry["with"])
            return True

    def reset(self) -> None:
        """Forget every object, event, job and fault, and begin the same random sequence again."""
        with self.lock:
            self.generation += 1
            self.store.clear()
            self.timetable.clear()
            self.outbox.clear()
            self._emitted.clear()
            self.ids.restart()
            self.faults.clear()
            for forget in self.on_reset:
                forget()

    def close(self) -> None:
        with self.lock:
            self.store.close()
