"""A test session that runs its tests once per mutant, each time in a fork of itself.

Before the first fork Django is set up, the tests are collected and the database (SQLite's, in memory) is made.
"""

import os
import signal
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from . import swap
from .mutants import Mutant
from .reach import Reach
from .results import KILLED, NO_PYTHON, NO_TEST, SURVIVED, TIMEOUT, Result

LONGEST, SLOWEST = 60, 20
"""Seconds that a mutant gets, and how many more for each second of processor time that its tests took without it."""

CONTROL = 15
"""Tests that are run without a mutant before the mutants of a file."""

LEFT_ALIVE, FOUND, NOT_PYTHON, NOT_LOADED = 0, 1, 2, 3


@dataclass
class Trial:
    """A fork at work on a mutant."""

    mutant: Mutant
    began: float
    tests: int
    killer: Path


@dataclass
class Manner:
    folder: Path
    processes: int
    patience: float
    """Processor seconds of tests (as they took without a mutant) after which a mutant counts as not noticed."""
    measured: bool
    """Whether the lines and times of the last run still hold."""


class Session:
    """A plugin of pytest: in place of its tests it runs the mutants, and tells each result."""

    def __init__(self, mutants: Sequence[Mutant], manner: Manner, told: Callable[[Result], None]) -> None:
        self.mutants = mutants
        self.manner = manner
        self.told = told
        self.killers: dict[str, Counter[str]] = defaultdict(Counter)
        self.running: dict[int, Trial] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("some tests could not be collected")
        self.items = {item.nodeid: item for item in session.items}
        self._make_database(session.items)
        if not self.manner.measured:
            self._measure(session.items)
        self.reach = Reach.read(self.manner.folder)
        controlled = set()
        for mutant in self.mutants:
            if mutant.source.path not in controlled and self._in_order(mutant):
                controlled.add(mutant.source.path)
                self._control(mutant)
            self._start(mutant)
            while len(self.running) >= self.manner.processes:
                self._wait()
        while self.running:
            self._wait()
        return True

    def _make_database(self, items: list[pytest.Item]) -> None:
        """By one test that needs it and nothing else that lasts for the session."""
        first = next(item for item in items if "db" in _fixtures(item) and "sandbox" not in _fixtures(item))
        runtestprotocol(first, log=False, nextitem=next(item for item in items if item is not first))

    def _measure(self, items: list[pytest.Item]) -> None:
        """Run every test once, without a mutant, in a fork."""
        if not (pid := os.fork()):
            _never_return(lambda: self._write_reach(items))
        os.waitpid(pid, 0)

    def _write_reach(self, items: list[pytest.Item]) -> int:
        with Reach.measuring(sorted({mutant.source.path for mutant in self.mutants})) as measured:
            for item, following in _with_next(items, items):
                with measured.test(item.nodeid) as test:
                    test.failed = _fails(item, following)
        measured.write(self.manner.folder)
        return 0

    def _start(self, mutant: Mutant) -> None:
        tests = self._in_order(mutant)
        if not tests:
            self.told(Result.of(mutant, NO_TEST))
            return
        tests = self._within_patience(tests)
        limit = LONGEST + SLOWEST * sum(self.reach.seconds[test] for test in tests)
        killer = Path(tempfile.mkstemp(dir=self.manner.folder, prefix="killer-")[1])
        if not (pid := os.fork()):
            _never_return(lambda: self._try(mutant, tests, limit=limit, killer=killer))
        self.running[pid] = Trial(mutant, time.monotonic(), len(tests), killer)

    def _in_order(self, mutant: Mutant) -> list[str]:
        """Those that killed others in this function first, then what is named after the file, then the quick ones.

        Last comes what has little patience with a busy machine, and what empties the database: tests after it would
        miss what migrations put there.
        """
        killed = self.killers[mutant.source.path + mutant.function.name]
        subject = Path(mutant.source.path).stem.removesuffix("s")

        def place(test: str) -> tuple[bool, bool, int, bool, float]:
            item = self.items[test]
            is_far = subject not in test.partition("::")[0]
            hasty = "impatient" in _fixtures(item)
            return _empties_database(item), hasty, -killed[test], is_far, self.reach.seconds[test]

        return sorted((test for test in self.reach.tests(mutant) if test in self.items), key=place)

    def _within_patience(self, tests: list[str]) -> list[str]:
        spent = 0.0

        def fits(test: str) -> bool:
            nonlocal spent
            spent += self.reach.seconds[test]
            return spent <= self.manner.patience

        return list(takewhile(fits, tests)) or tests[:1]

    def _try(self, mutant: Mutant, tests: list[str], *, limit: float, killer: Path) -> int:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, limit)
        try:
            swap.apply(mutant, str(Path(mutant.source.path).resolve()))
        except SyntaxError:
            return NOT_PYTHON
        except swap.NotLoaded:
            return NOT_LOADED
        return self._run(tests, killer)

    def _run(self, tests: list[str], killer: Path) -> int:
        items = [self.items[test] for test in tests]
        items[0].session._setupstate.teardown_exact(items[0])  # what the test that made the database left
        for item, following in _with_next(items, list(self.items.values())):
            try:
                found = _fails(item, following)
            except BaseException as error:  # noqa: BLE001 - such as one that would end the whole session
                killer.write_text(f"{item.nodeid} ({error!r})")
                return FOUND
            if found:
                killer.write_text(item.nodeid)
                return FOUND
        return LEFT_ALIVE

    def _control(self, mutant: Mutant) -> None:
        """The nearest tests of a file, in a fork and in our order, but without a mutant: none may fail."""
        tests = self._in_order(mutant)[:CONTROL]
        with tempfile.NamedTemporaryFile("r", dir=self.manner.folder) as killer:
            if not (pid := os.fork()):
                _never_return(lambda: self._run(tests, Path(killer.name)))
            _, status = os.waitpid(pid, 0)
            if status:
                raise RuntimeError(f"fails without any mutant: {killer.read()}")

    def _wait(self) -> None:
        pid, status = os.wait()
        if pid not in self.running:
            return
        trial = self.running.pop(pid)
        killer = trial.killer.read_text()
        trial.killer.unlink()
        if killer:
            self.killers[trial.mutant.source.path + trial.mutant.function.name][killer] += 1
        seconds = time.monotonic() - trial.began
        self.told(
            Result.of(trial.mutant, _verdict(status), seconds=seconds, tests=trial.tests, killer=killer)
        )


def _verdict(status: int) -> str:
    if os.WIFSIGNALED(status):
        return TIMEOUT if os.WTERMSIG(status) == signal.SIGALRM else KILLED
    verdicts = {LEFT_ALIVE: SURVIVED, FOUND: KILLED, NOT_PYTHON: NO_PYTHON}
    if os.WEXITSTATUS(status) not in verdicts:
        raise RuntimeError("a mutant could not be put in its place")
    return verdicts[os.WEXITSTATUS(status)]


def _fails(item: pytest.Item, following: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def _with_next(
    items: list[pytest.Item], others: list[pytest.Item]
) -> Iterator[tuple[pytest.Item, pytest.Item]]:
    """Each item and the one after it. After the last comes any other: what the session shares stays set up."""
    last = next(item for item in others if item is not items[-1])
    yield from zip(items, [*items[1:], last], strict=True)


def _empties_database(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in _fixtures(item)


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])


def _never_return(act: Callable[[], int]) -> None:
    """In a fork: the exit code is all that comes back."""
    code = NOT_LOADED
    try:
        code = act()
    finally:
        os._exit(code)
