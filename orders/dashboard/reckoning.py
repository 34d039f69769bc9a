"""Days of the shop and lengths of time, reckoned by the database itself.

On SQLite, Django does both by calling Python for every row: seconds, for a hundred thousand of them.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection
from django.db.models import Case, DateField, Expression, F, FloatField, Func, Value, When
from django.db.models.functions import Extract, TruncDate
from django.utils.timezone import get_default_timezone

Bounds = tuple[datetime, datetime]
"""From the first moment to the first one that is after it all; both are midnights of the shop."""

DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=get_default_timezone())


def local_day(column: str, bounds: Bounds) -> Expression:
    """The day in the shop's time zone, of a time that is within the bounds."""
    if connection.vendor != "sqlite":
        return TruncDate(column, tzinfo=get_default_timezone())
    whens = [
        When(**{f"{column}__lt": until}, then=Value(day) if shift is None else _date(F(column), shift))
        for until, day, shift in _stretches(bounds)
    ]
    return Case(*whens, output_field=DateField())


def seconds_between(earlier: str, later: str) -> Expression:
    """As a float. Where the database has no such type: to the millisecond."""
    if connection.vendor != "sqlite":
        return Extract(F(later) - F(earlier), "epoch", output_field=FloatField())
    days = _julian(later) - _julian(earlier)
    return Func(days * Value(86_400.0), Value(3), function="round", output_field=FloatField())


def _julian(column: str) -> Func:
    return Func(F(column), function="julianday", output_field=FloatField())


def _date(at: F, shift: timedelta) -> Func:
    shifted = Value(f"{shift.total_seconds():+.0f} seconds")
    return Func(at, shifted, function="date", output_field=DateField())


def _stretches(bounds: Bounds) -> Iterator[tuple[datetime, date, timedelta | None]]:
    """Days that stand equally far from UTC: until when, the first of them, and how far.

    A day on which the clock is changed is a stretch of its own, and has no distance.
    """
    zone = get_default_timezone()
    day, last = bounds[0].astimezone(zone).date(), bounds[1].astimezone(zone).date()
    first, distance = day, _distance(day)
    while day < last:
        day += DAY
        if day == last or distance is None or _distance(day) != distance:
            yield midnight(day), first, distance
            first, distance = day, _distance(day)


def _distance(day: date) -> timedelta | None:
    begin, end = midnight(day), midnight(day + DAY)
    is_whole = end.astimezone(UTC) - begin.astimezone(UTC) == DAY
    return begin.utcoffset() if is_whole else None
