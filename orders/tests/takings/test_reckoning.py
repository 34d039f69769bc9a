"""Days and lengths of time as databases reckon them: every hour of a year, in zones of all kinds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from orders.dashboard.periods import Span, Unit
from orders.dashboard.reckoning import local_day, seconds_between
from payments.models import StripeEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_zone(settings):
    def move(name):
        settings.TIME_ZONE = name
        timezone.get_default_timezone.cache_clear()

    yield move
    settings.TIME_ZONE = "Europe/London"
    timezone.get_default_timezone.cache_clear()


def events(times):
    StripeEvent.objects.bulk_create(
        StripeEvent(id=f"evt_{n}", type="x", livemode=False, payload={}, created_at=at, received_at=at)
        for n, at in enumerate(times)
    )
    return StripeEvent.objects.all()


@pytest.mark.parametrize("zone", ["Europe/London", "America/St_Johns", "Australia/Lord_Howe"])
def test_every_time_of_a_year_falls_on_its_day(in_zone, zone):
    in_zone(zone)
    begin, end = Span(date(2026, 1, 1), date(2026, 12, 31), Unit.DAY).bounds
    first = begin.astimezone(UTC)
    # Two and a half hours apart, over the year they come to every half hour of the day.
    times = [first + timedelta(minutes=150 * n) for n in range(365 * 48 // 5)]

    found = (
        events(times).annotate(day=local_day("received_at", (begin, end))).values_list("received_at", "day")
    )

    assert times[-1] < end
    assert len(found) == len(times)
    wrong = [(at, day) for at, day in found if at.astimezone(ZoneInfo(zone)).date() != day]
    assert wrong == []


def test_the_last_moment_of_a_time_still_falls_on_a_day():
    bounds = Span(date(2026, 10, 25), date(2026, 10, 25), Unit.DAY).bounds  # the clock goes back
    last = bounds[1] - timedelta(microseconds=1)

    assert events([last]).annotate(day=local_day("received_at", bounds)).get().day == date(2026, 10, 25)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(milliseconds=250), timedelta(days=3, seconds=7)])
def test_lengths_of_time_are_seconds(length):
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    event = events([at])
    event.update(received_at=at + length)

    found = event.annotate(seconds=seconds_between("created_at", "received_at")).get().seconds

    assert found == pytest.approx(length.total_seconds(), abs=0.001)
