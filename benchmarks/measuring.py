"""What every benchmark needs: a busy shop, and a watch."""

import time
from collections.abc import Callable
from dataclasses import dataclass

FULL = 100_000
"""Orders at which the goals hold."""


@dataclass(frozen=True)
class Shop:
    """`scanned`: the seconds it takes to read all its rows once, as a measure for other times."""

    orders: int
    rows: int
    made: float
    scanned: float
    database: str

    @classmethod
    def busy(cls, orders: int) -> "Shop":
        from django.core.management import call_command
        from django.db import connection

        from .busy_shop import fill, read_all

        call_command("migrate", verbosity=0)
        made = seconds(lambda: fill(orders))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
        rows = read_all()
        return cls(orders, rows, made, fastest(read_all), connection.vendor)

    def __str__(self) -> str:
        return (
            f"{self.database}: {self.orders:,} orders, {self.rows:,} rows, made in {self.made:.0f} s, "
            f"read once in {self.scanned:.2f} s"
        )

    def against(self, goal: float, taken: float) -> str:
        """Whether a time keeps within a goal in seconds; goals are for shops of FULL orders."""
        if self.orders < FULL:
            return f"goal {goal:.1f} s at {FULL:,} orders"
        return f"goal {goal:.1f} s: {'reached' if taken <= goal else 'MISSED'}"


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def fastest(act: Callable[[], object], times: int = 3) -> float:
    return min(seconds(act) for _ in range(times))
