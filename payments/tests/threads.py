"""Many threads that begin at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

LONGEST = 60
"""Seconds until a thread that hangs fails its test."""


def at_once(acts: Sequence[Callable[[], Any]], *, raising: tuple[type[Exception], ...] = ()) -> list[Any]:
    """Results in the order of `acts`; an exception of the kinds in `raising` is a result, any other fails the test."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(LONGEST)
            return act()
        except raising as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(LONGEST) for future in [pool.submit(run, act) for act in acts]]


class Rendezvous:
    """Makes two threads meet at a point of the code, unless something keeps one of them from getting there."""

    def __init__(self, alone_after: float = LONGEST / 2) -> None:
        """`alone_after`: seconds. Short where a guard is expected to keep the other thread away."""
        self._barrier = threading.Barrier(2)
        self._alone_after = alone_after

    def wait(self) -> None:
        """Go on together as soon as the other is there, or alone when it does not come."""
        try:
            self._barrier.wait(self._alone_after)
        except threading.BrokenBarrierError:
            self._barrier.reset()  # whoever comes later may still meet


class Meetings:
    """A rendezvous for each subject, so that only those meet who are about the same."""

    def __init__(self, alone_after: float = LONGEST / 2) -> None:
        self._alone_after = alone_after
        self._of: dict[object, Rendezvous] = {}

    def wait(self, subject: object) -> None:
        self._of.setdefault(subject, Rendezvous(self._alone_after)).wait()
