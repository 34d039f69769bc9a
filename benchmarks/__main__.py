"""`python -m benchmarks [audit] [dashboard] [lists]`: fills a shop with 100,000 orders (ORDERS=...), then measures.

In a temporary SQLite, or the database of DATABASE_URL: `python -m bookstore.testing.postgres python -m benchmarks`.
"""

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from .measuring import Shop

NAMES = ("audit", "dashboard", "lists")


def main(names: list[str]) -> int:
    if unknown := set(names) - set(NAMES):
        print(
            f"There is no benchmark {', '.join(sorted(unknown))}: choose {', '.join(NAMES)}.", file=sys.stderr
        )
        return 2
    with tempfile.TemporaryDirectory(prefix="bookstore-benchmark-") as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder, 'shop.sqlite3')}")
        os.environ["DJANGO_SETTINGS_MODULE"] = "bookstore.settings_tests"
        import django

        django.setup()
        shop = Shop.busy(int(os.environ.get("ORDERS", "100000")))
        print(shop, flush=True)
        for name in names or NAMES:
            load = f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors"
            print(f"{name} ({load})", flush=True)
            for line in import_module(f"benchmarks.{name}").measure(shop):
                print(f"  {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
