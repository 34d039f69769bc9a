"""The threads that let time pass: jobs when they are due, and webhook attempts. No API answer ever waits for them."""

from __future__ import annotations

import http.client
import queue
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from . import deliveries
from .deliveries import Attempt
from .engine import Engine

TIMEOUT = 30  # seconds for one attempt
SENDERS = 8
IDLE = 0.5  # seconds between looks at the clock, which a test may have moved

Transport = Callable[[str, bytes, dict[str, str]], int]


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POSTs and returns the status; follows no redirect. Raises OSError or HTTPException when there is no answer."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        response.read(65536)
        return response.status
    finally:
        connection.close()


def send_due(engine: Engine, transport: Transport = post) -> int:
    """Makes every attempt that is due by now, one after the other. For tests that move the clock themselves."""
    made = 0
    while (attempt := next_attempt(engine)) is not None:
        send(engine, attempt, transport)
        made += 1
    return made


def next_attempt(engine: Engine) -> Attempt | None:
    """The next attempt that is due, taken out of the outbox: nobody else makes it."""
    with engine.transaction():
        while (delivery_id := engine.outbox.take(engine.clock.now())) is not None:
            attempt = deliveries.prepare(engine, delivery_id)
            if attempt:
                return attempt
    return None


def send(engine: Engine, attempt: Attempt, transport: Transport = post) -> None:
    if attempt.generation != engine.generation:
        return  # everything was forgotten since: the shop shall not hear of an earlier life
    started = time.perf_counter()
    status, error = None, None
    try:
        status = transport(attempt.url, attempt.body, attempt.headers)
    except (OSError, http.client.HTTPException, ValueError) as problem:
        error = f"{type(problem).__name__}: {problem}"[:200]
    with engine.transaction():
        if attempt.generation == engine.generation:
            deliveries.record(engine, attempt.delivery, status, error, time.perf_counter() - started)


class Dispatcher:
    """One thread watches the clock, a few make the calls; all end with `stop()`."""

    def __init__(self, engine: Engine, transport: Transport = post) -> None:
        self.engine = engine
        self.transport = transport
        self._changed = threading.Event()
        self._stopped = threading.Event()
        self._attempts: queue.SimpleQueue[Attempt | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._watch, name="sandbox-clock", daemon=True)]
        self._threads += [
            threading.Thread(target=self._send, name=f"sandbox-sender-{number}", daemon=True)
            for number in range(SENDERS)
        ]

    def start(self) -> None:
        self.engine.on_sooner = self._changed.set
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Attempts under way are left to their threads; what is pending stays in the store."""
        self.engine.on_sooner = lambda: None
        self._stopped.set()
        self._changed.set()
        for _ in range(SENDERS):
            self._attempts.put(None)
        self._threads[0].join(timeout=5)

    def _watch(self) -> None:
        while not self._stopped.is_set():
            self._changed.clear()
            self.engine.run_due()
            while not self._stopped.is_set() and (attempt := next_attempt(self.engine)) is not None:
                self._attempts.put(attempt)
            self._changed.wait(self._until_next())

    def _until_next(self) -> float:
        due = self.engine.next_due()
        return IDLE if due is None else min(IDLE, max(0.0, due - self.engine.clock.now()))

    def _send(self) -> None:
        while (attempt := self._attempts.get()) is not None:
            if not self._stopped.is_set():
                send(self.engine, attempt, self.transport)
