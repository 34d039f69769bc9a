"""Things that happen at the same moment, each on a database connection of its own."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

PATIENCE = 30  # seconds


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start all acts together; what each of them answered or raised."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(timeout=PATIENCE)
            return act()
        except Exception as error:
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
