"""Crowds: many threads that begin at the same moment, each on a database connection of its own."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier, Event
from typing import Any

from django.db import connection

PATIENCE = 60
"""Seconds until a thread that hangs fails its test."""

Act = Callable[[], Any]


class Crowd:
    """Threads that stay from wave to wave, so that a wave costs no new connections."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._threads = ThreadPoolExecutor(size)

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *error: object) -> None:
        self._each([[lambda: connection.close()]] * self.size)  # each thread its own
        self._threads.shutdown()

    def at_once(self, acts: Sequence[Act]) -> list[Any]:
        """What each act answered or raised. Where there are more acts than threads, a thread has several."""
        shares = [range(first, len(acts), self.size) for first in range(min(self.size, len(acts)))]
        outcomes: list[Any] = [None] * len(acts)
        for share, did in zip(
            shares, self._each([[acts[n] for n in share] for share in shares]), strict=True
        ):
            outcomes[share.start :: self.size] = did
        return outcomes

    def _each(self, shares: Sequence[Sequence[Act]]) -> list[list[Any]]:
        """The barrier sees to it that no thread gets two shares."""
        start = Barrier(len(shares))

        def run(acts: Iterable[Act]) -> list[Any]:
            connection.ensure_connection()
            start.wait(PATIENCE)
            return [_outcome(act) for act in acts]

        return [running.result() for running in [self._threads.submit(run, share) for share in shares]]


def _outcome(act: Act) -> Any:
    try:
        return act()
    except Exception as error:
        return error


class HeadStart:
    """Lets one act begin when another has come as far as its nth statement, or has ended.

    `first` and `second` wrap the two. Over many rounds with other numbers, the second act meets the first one at every
    point of its way.
    """

    def __init__(self, statements: int) -> None:
        self._left = statements
        self._far_enough = Event()

    def first(self, act: Act) -> Act:
        def run() -> Any:
            try:
                with connection.execute_wrapper(self._count):
                    return act()
            finally:
                self._far_enough.set()

        return run

    def second(self, act: Act) -> Act:
        def run() -> Any:
            assert self._far_enough.wait(PATIENCE), "the other act never got there"
            return act()

        return run

    def _count(self, execute: Callable[..., Any], *statement: Any) -> Any:
        if self._left <= 0:
            self._far_enough.set()
        self._left -= 1
        return execute(*statement)


class Together(Random):
    """Dice that give nobody a head start: the second act of a pair begins with the first one's first statement."""

    def randrange(self, *limits: int) -> int:
        return 0


class Stopwatch:
    """How long acts took, and how many were done in a second."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._began = self._ended = 0.0

    def __enter__(self) -> "Stopwatch":
        self._began = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended = time.perf_counter()

    def timed(self, act: Act) -> Act:
        def run() -> Any:
            began = time.perf_counter()
            try:
                return act()
            finally:
                self._seconds.append(time.perf_counter() - began)

        return run

    def __str__(self) -> str:
        per_second = len(self._seconds) / (self._ended - self._began)
        slow = sorted(self._seconds)[int(len(self._seconds) * 0.95)]
        return f"{per_second:.0f} a second, 95 of 100 within {slow * 1000:.0f} ms"


def until_lost(race: Callable[[], int], *, rounds: int = 20) -> tuple[int, int]:
    """Run an unguarded race until it is lost, since chance has a say. How much was lost, and in which round."""
    for number in range(1, rounds + 1):
        if lost := race():
            return lost, number
    raise AssertionError(f"{rounds} rounds without the guard, and nothing was lost")


def until_seen(race: Act, seen: Callable[[], bool], *, least: int) -> int:
    """Run a race so often, and on until chance has shown what it should, up to ten times as often. How often it ran."""
    for number in range(1, 10 * least + 1):
        race()
        if number >= least and seen():
            return number
    raise AssertionError(f"{10 * least} rounds, and what should happen at times never did")


def failures(outcomes: Iterable[Any], *expected: type[Exception]) -> list[Exception]:
    """Errors that nobody foresaw."""
    return [each for each in outcomes if isinstance(each, Exception) and not isinstance(each, expected)]
