"""How long the dashboard takes over 100,000 orders (ORDERS=... for another number).

The figures of every time that the page offers, looked up anew, and what it takes to draw them. Compared with reading
the shop's tables once from end to end.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

GOAL = 1.0
"""Seconds for the figures of any of the times, at 100,000 orders."""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bookstore-benchmark-") as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder, 'dashboard.sqlite3')}")
        os.environ["DJANGO_SETTINGS_MODULE"] = "bookstore.settings_tests"
        import django

        django.setup()
        _measure(int(os.environ.get("ORDERS", "100000")))


def _measure(orders: int) -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.utils.timezone import localdate

    from orders.dashboard import figures
    from orders.dashboard.page import LATEST
    from orders.dashboard.periods import Span

    from .busy_shop import fill, read_all

    call_command("migrate", verbosity=0)
    made = _seconds(lambda: fill(orders))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    scanned = min(_seconds(read_all) for _ in range(3))
    lines = [
        f"{connection.vendor}: {orders:,} orders, made in {made:.0f} s",
        f"  load         {os.getloadavg()[0]:6.2f} on {os.cpu_count()} processors",
        f"  plain scan   {scanned:6.2f} s",
    ]
    slowest = 0.0
    for number, unit, name in LATEST.values():
        span = Span.latest(number, unit, today=localdate())
        cold, *warm = (_seconds(partial(figures.of, span)) for _ in range(4))
        found = figures.of(span)
        drawn = _seconds(partial(_draw, found))
        slowest = max(slowest, min(warm))
        lines.append(
            f"  {name:<12} {min(warm):6.2f} s (the first time {cold:.2f} s; drawn in {drawn:.3f} s), "
            f"{min(warm) / scanned:.2f} of the scan, {found.now.takings.orders:,} orders in it"
        )
    if orders >= 100_000:
        lines.append(f"  goal         {GOAL:6.2f} s: {'reached' if slowest <= GOAL else 'MISSED'}")
    sys.stdout.write("\n".join(lines) + "\n")


def _draw(found: Any) -> object:
    from orders.dashboard import panels

    return panels.panels(found), panels.best_sellers(found)


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
