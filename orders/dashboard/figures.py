"""All figures of one time, beside those of the time before. The same number of statements however many orders."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from . import payments, selling, takings
from .payments import Backlog, Delays
from .periods import Span
from .selling import BestSeller, LowStock
from .takings import DayTakings, Takings

KEPT = 60
"""Seconds for which figures are not looked up again."""


@dataclass(frozen=True)
class Sums:
    """What comes to something over any time, in the shop's currency."""

    takings: Takings = field(default_factory=Takings)
    declines: int = 0
    delays: Delays = field(default_factory=Delays)

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.takings + other.takings, self.declines + other.declines, self.delays + other.delays)


@dataclass(frozen=True)
class Figures:
    """`rows` has one entry for each unit of the time, by its first day, also where nothing happened."""

    span: Span
    made_at: datetime
    rows: dict[date, Sums]
    now: Sums
    before: Sums
    elsewhere: dict[str, Takings]
    """In other currencies than the shop's."""
    best_sellers: list[BestSeller]
    low_stock_count: int
    low_stock: list[LowStock]
    decline_reasons: list[tuple[str, int]]
    backlog: Backlog


def kept(span: Span) -> Figures:
    """The figures as they were at most a minute ago; `made_at` says when."""
    key = f"dashboard:{span.first}:{span.last}:{span.unit}"
    found: Figures | None = cache.get(key)
    if found is None:
        found = of(span)
        cache.set(key, found, KEPT)
    return found


def of(span: Span) -> Figures:
    before, made_at = span.before(), timezone.now()
    both = (before.bounds[0], span.bounds[1])
    money = takings.by_day(both)
    by_day = _by_day(money, payments.declines_by_day(both), payments.delays_by_day(both))
    low_stock_count, low_stock = selling.low_stock()
    return Figures(
        span=span,
        made_at=made_at,
        rows=_by_unit(by_day, span),
        now=_over(by_day, span),
        before=_over(by_day, before),
        elsewhere=_elsewhere(money, span),
        best_sellers=selling.best_sellers(span.bounds),
        low_stock_count=low_stock_count,
        low_stock=low_stock,
        decline_reasons=payments.decline_reasons(span.bounds),
        backlog=payments.backlog(),
    )


def _by_day(
    money: Iterable[DayTakings], declines: dict[date, int], delays: dict[date, Delays]
) -> dict[date, Sums]:
    days: dict[date, Sums] = {}
    for row in money:
        if row.currency == settings.SHOP_CURRENCY:
            days[row.day] = days.get(row.day, Sums()) + Sums(takings=row.takings)
    for day, number in declines.items():
        days[day] = days.get(day, Sums()) + Sums(declines=number)
    for day, delay in delays.items():
        days[day] = days.get(day, Sums()) + Sums(delays=delay)
    return days


def _by_unit(days: dict[date, Sums], span: Span) -> dict[date, Sums]:
    units = dict.fromkeys(span.starts, Sums())
    for day, sums in days.items():
        if day in span:
            units[span.start_of(day)] += sums
    return units


def _over(days: dict[date, Sums], span: Span) -> Sums:
    return sum((sums for day, sums in days.items() if day in span), Sums())


def _elsewhere(money: Iterable[DayTakings], span: Span) -> dict[str, Takings]:
    found: dict[str, Takings] = {}
    for row in money:
        if row.currency != settings.SHOP_CURRENCY and row.day in span:
            found[row.currency] = found.get(row.currency, Takings()) + row.takings
    return dict(sorted(found.items()))
