"""How long `manage.py audit` takes over 100,000 orders (ORDERS=... for another number).

Every order has two lines, its history, its movements, its mails, what Stripe told of it and dj-stripe's copy, in about
the sizes that real ones have. Compared with reading the same tables once from end to end.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

GOAL = 5.0
"""Seconds, at 100,000 orders."""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bookstore-benchmark-") as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder, 'audit.sqlite3')}")
        os.environ["DJANGO_SETTINGS_MODULE"] = "bookstore.settings_tests"
        import django

        django.setup()
        _measure(int(os.environ.get("ORDERS", "100000")))


def _measure(orders: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    from .busy_shop import fill, read_all

    call_command("migrate", verbosity=0)
    made = _seconds(lambda: fill(orders))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    rows = 0

    def scan() -> None:
        nonlocal rows
        rows = read_all()

    scanned = min(_seconds(scan) for _ in range(3))
    cold, *warm = (_seconds(lambda: call_command("audit", stdout=StringIO())) for _ in range(4))
    load = os.getloadavg()[0]
    lines = [
        f"{connection.vendor}: {orders:,} orders, {rows:,} rows, made in {made:.0f} s",
        f"  load         {load:6.2f} on {os.cpu_count()} processors",
        f"  audit        {min(warm):6.2f} s (the first time {cold:.2f} s)",
        f"  plain scan   {scanned:6.2f} s; the audit takes {min(warm) / scanned:.1f} times as long",
    ]
    if orders >= 100_000:
        lines.append(f"  goal         {GOAL:6.2f} s: {'reached' if min(warm) <= GOAL else 'MISSED'}")
    sys.stdout.write("\n".join(lines) + "\n")


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
