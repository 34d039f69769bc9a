"""Which days the dashboard looks at."""

from datetime import UTC, date, datetime

import pytest

from orders.dashboard.periods import Span, Unit, name_of, short_name_of

TODAY = date(2026, 11, 25)  # a Wednesday


def test_the_last_days_end_today_and_follow_those_before():
    span = Span.latest(30, Unit.DAY, today=TODAY)

    assert (span.first, span.last, len(span.starts)) == (date(2026, 10, 27), TODAY, 30)
    assert (span.before().first, span.before().last) == (date(2026, 9, 27), date(2026, 10, 26))


def test_weeks_begin_on_monday_and_are_compared_up_to_the_same_weekday():
    span = Span.latest(12, Unit.WEEK, today=TODAY)

    assert (span.first, len(span.starts)) == (date(2026, 9, 7), 12)
    assert {start.weekday() for start in span.starts} == {0}
    assert (span.before().first, span.before().last) == (date(2026, 6, 15), date(2026, 9, 2))


def test_months_are_calendar_months_and_compared_up_to_the_same_day():
    span = Span.latest(12, Unit.MONTH, today=TODAY)

    assert (span.first, len(span.starts)) == (date(2025, 12, 1), 12)
    assert (span.before().first, span.before().last) == (date(2024, 12, 1), date(2025, 11, 25))


def test_the_thirty_first_is_compared_with_the_end_of_a_shorter_month():
    span = Span(date(2026, 3, 1), date(2026, 3, 30), Unit.MONTH)

    assert (span.before().first, span.before().last) == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("unit", "first", "last"),
    [
        (Unit.DAY, date(2026, 10, 7), date(2026, 10, 20)),
        (Unit.WEEK, date(2026, 10, 5), date(2026, 10, 25)),
        (Unit.MONTH, date(2026, 10, 1), date(2026, 10, 31)),
    ],
)
def test_weeks_and_months_of_any_time_are_taken_whole(unit, first, last):
    span = Span.covering(date(2026, 10, 7), date(2026, 10, 20), unit, today=TODAY)

    assert (span.first, span.last) == (first, last)
    assert span.before().last == first.fromordinal(first.toordinal() - 1)


def test_nothing_is_taken_further_than_today():
    assert Span.covering(date(2026, 11, 2), TODAY, Unit.MONTH, today=TODAY).last == TODAY


def test_iso_weeks_cross_the_year():
    span = Span(date(2026, 12, 28), date(2027, 1, 10), Unit.WEEK)

    assert [short_name_of(start, Unit.WEEK) for start in span.starts] == ["W53", "W1"]
    assert span.start_of(date(2027, 1, 3)) == date(2026, 12, 28)


def test_a_day_begins_at_midnight_in_the_shops_zone_also_in_summer():
    winter, summer = (
        Span(date(2026, month, 25), date(2026, month, 25), Unit.DAY).bounds for month in (11, 7)
    )

    assert winter == (datetime(2026, 11, 25, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC))
    assert summer == (datetime(2026, 7, 24, 23, tzinfo=UTC), datetime(2026, 7, 25, 23, tzinfo=UTC))


def test_the_day_on_which_the_clock_goes_back_has_25_hours():
    begin, end = Span(date(2026, 10, 25), date(2026, 10, 25), Unit.DAY).bounds

    assert (end.astimezone(UTC) - begin.astimezone(UTC)).total_seconds() == 25 * 3600


@pytest.mark.parametrize(
    ("unit", "name"),
    [(Unit.DAY, "2 Nov 2026"), (Unit.WEEK, "Week 45, from 2 Nov 2026"), (Unit.MONTH, "November 2026")],
)
def test_units_have_names(unit, name):
    assert name_of(date(2026, 11, 2), unit) == name


def test_a_span_says_from_when_to_when():
    assert str(Span(date(2026, 11, 2), date(2026, 11, 8), Unit.DAY)) == "2 Nov 2026 to 8 Nov 2026"
    assert str(Span(TODAY, TODAY, Unit.DAY)) == "25 Nov 2026"
