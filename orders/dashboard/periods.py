"""Times that the dashboard looks at: whole days, ISO weeks or calendar months, in the shop's time zone."""

from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils.formats import date_format

from .reckoning import DAY, Bounds, midnight

MOST_BUCKETS = 100
"""More bars in one chart cannot be told apart."""


class Unit(TextChoices):
    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"


@dataclass(frozen=True)
class Span:
    """From the day `first` to the day `last`, both included, cut into units. `first` begins a unit."""

    first: date
    last: date
    unit: Unit

    @classmethod
    def covering(cls, first: date, last: date, unit: Unit, *, today: date) -> "Span":
        """Weeks and months are taken whole, though never further than today."""
        end = _next(_begin(last, unit), unit) - DAY
        return cls(_begin(first, unit), max(last, min(end, today)), unit)

    @classmethod
    def latest(cls, number: int, unit: Unit, *, today: date) -> "Span":
        """The latest days, weeks or months; the one that is running counts."""
        return cls(_back(_begin(today, unit), number - 1, unit), today, unit)

    @property
    def starts(self) -> list[date]:
        """The first day of every unit."""
        starts = [self.first]
        while (following := _next(starts[-1], self.unit)) <= self.last:
            starts.append(following)
        return starts

    @property
    def bounds(self) -> Bounds:
        """From the first moment to the first one that is after it all."""
        return midnight(self.first), midnight(self.last + DAY)

    def before(self) -> "Span":
        """As many units just before; where the last unit is not over yet, no further into it than this one is."""
        number = len(self.starts)
        first = _back(self.first, number, self.unit)
        is_whole = _next(self.starts[-1], self.unit) == self.last + DAY
        last = self.first - DAY if is_whole else min(_back(self.last, number, self.unit), self.first - DAY)
        return Span(first, last, self.unit)

    def start_of(self, day: date) -> date:
        """The first day of the unit that a day is in."""
        return _begin(day, self.unit)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        if self.first == self.last:
            return _day(self.first)
        return f"{_day(self.first)} to {_day(self.last)}"


def name_of(start: date, unit: Unit) -> str:
    """A unit as tables name it: `3 Nov 2026`, `Week 45, from 2 Nov 2026`, `November 2026`."""
    if unit == Unit.MONTH:
        return date_format(start, "F Y")
    return f"Week {start.isocalendar().week}, from {_day(start)}" if unit == Unit.WEEK else _day(start)


def short_name_of(start: date, unit: Unit) -> str:
    """The same where there is little room."""
    if unit == Unit.MONTH:
        return date_format(start, "M y")
    return f"W{start.isocalendar().week}" if unit == Unit.WEEK else date_format(start, "j M")


def _day(day: date) -> str:
    return date_format(day, "j M Y")


def _begin(day: date, unit: Unit) -> date:
    if unit == Unit.MONTH:
        return day.replace(day=1)
    return day - day.weekday() * DAY if unit == Unit.WEEK else day


def _next(start: date, unit: Unit) -> date:
    if unit == Unit.MONTH:
        return (start + 31 * DAY).replace(day=1)
    return start + (7 if unit == Unit.WEEK else 1) * DAY


def _back(day: date, number: int, unit: Unit) -> date:
    """That many units earlier; the 31st becomes the last day of a month that has none."""
    if unit != Unit.MONTH:
        return day - number * (7 if unit == Unit.WEEK else 1) * DAY
    months = day.year * 12 + day.month - 1 - number
    first = date(months // 12, months % 12 + 1, 1)
    return min(first + (day.day - 1) * DAY, _next(first, unit) - DAY)
