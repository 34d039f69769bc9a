"""How long the staff's dashboard takes: the figures of every time that it offers, looked up anew, and their drawing."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from .measuring import Shop, fastest, seconds

GOAL = 1.0
"""Seconds for the figures of any of the times."""


def measure(shop: Shop) -> Iterator[str]:
    from django.utils.timezone import localdate

    from orders.dashboard import figures
    from orders.dashboard.page import LATEST
    from orders.dashboard.periods import Span

    slowest = 0.0
    for number, unit, name in LATEST.values():
        look_up = partial(figures.of, Span.latest(number, unit, today=localdate()))
        cold, warm = seconds(look_up), fastest(look_up)
        found = look_up()
        drawn = seconds(partial(_draw, found))
        slowest = max(slowest, warm)
        yield (
            f"{name:<12} {warm:6.2f} s (the first time {cold:.2f} s; drawn in {drawn:.3f} s), "
            f"{warm / shop.scanned:.2f} of reading all rows, {found.now.takings.orders:,} orders in it"
        )
    yield shop.against(GOAL, slowest)


def _draw(found: Any) -> object:
    from orders.dashboard import panels

    return panels.panels(found), panels.best_sellers(found)
