"""Things that happen at the same moment, each on a database connection of its own."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

from django.db import connection

PATIENCE = 60
"""Seconds that threads wait for one another."""


def at_once(
    *acts: Callable[[], Any], raising: type[Exception] | tuple[type[Exception], ...] = ()
) -> list[Any]:
    """Start all acts together. What each of them answered, or raised of these kinds; any other exception is raised."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE)
            return act()
        except raising as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [running.result() for running in [threads.submit(run, act) for act in acts]]


def meanwhile(threads: ThreadPoolExecutor, act: Callable[[], Any]) -> Future:
    """Start an act on another connection, and come back when it waits for a lock that this one holds."""

    def run() -> Any:
        try:
            return act()
        finally:
            connection.close()

    running = threads.submit(run)
    deadline = time.monotonic() + PATIENCE
    while not _somebody_waits_for_us():
        if running.done():
            raise AssertionError(f"it waited for nothing: {running.exception() or running.result()}")
        if time.monotonic() > deadline:
            raise AssertionError("it never came to a lock")
    return running


def _somebody_waits_for_us() -> bool:
    """For this very connection: other databases of the server, those of parallel test runs, have waits of their own."""
    blocked_by_us = (
        "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({blocked_by_us})")
        return cursor.fetchone()[0]


class Rendezvous:
    """Makes two threads meet at a point of the code, unless something keeps one of them from getting there."""

    def __init__(self, alone_after: float = PATIENCE / 2) -> None:
        """`alone_after`: seconds. Short where a guard is expected to keep the other thread away."""
        self._barrier = Barrier(2)
        self._alone_after = alone_after

    def wait(self) -> None:
        """Go on together as soon as the other is there, or alone when it does not come."""
        try:
            self._barrier.wait(self._alone_after)
        except BrokenBarrierError:
            self._barrier.reset()  # whoever comes later may still meet


class Meetings:
    """A rendezvous for each subject, so that only those meet who are about the same."""

    def __init__(self, alone_after: float = PATIENCE / 2) -> None:
        self._alone_after = alone_after
        self._of: dict[object, Rendezvous] = {}

    def wait(self, subject: object) -> None:
        self._of.setdefault(subject, Rendezvous(self._alone_after)).wait()
