"""Time as the sandbox sees it, so that a test can move it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """`now` dates objects and jobs; `wall` dates signatures, which the receiver compares with its own clock."""

    def now(self) -> float: ...

    def wall(self) -> float: ...

    def advance(self, seconds: float) -> None: ...

    def restart(self) -> None:
        """Forget what was skipped."""


class SystemClock:
    """The machine's time, plus whatever a test has skipped."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def now(self) -> float:
        return time.time() + self.skipped

    def wall(self) -> float:
        return time.time()

    def advance(self, seconds: float) -> None:
        self.skipped += seconds

    def restart(self) -> None:
        self.skipped = 0.0


class ManualClock:
    """Stands still until it is told to move."""

    def __init__(self, at: float = 1_790_000_000.0) -> None:
        self.at = self.begins_at = at

    def now(self) -> float:
        return self.at

    def wall(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += seconds

    def restart(self) -> None:
        self.at = self.begins_at
