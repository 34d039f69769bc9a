"""What the doctor says of the place: migrations, clocks, cache; and of the processes: sweep, worker, tasks, mails."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from orders import mails, tasks
from orders.doctor import place, processes
from orders.factories import place_order
from orders.models import Heartbeat, OrderMail
from payments.examining import Grade

pytestmark = pytest.mark.django_db

OK, WARNING, WRONG = Grade.OK, Grade.WARNING, Grade.WRONG
FILES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache"}}


def only(examination):
    (finding,) = examination()
    assert bool(finding.remedy) is (finding.grade != OK)
    return finding


def ago(**span):
    return timezone.now() - timedelta(**span)


def heard(name, **span):
    Heartbeat.objects.update_or_create(name=name, defaults={"at": ago(**span)})


# The place


def test_a_database_that_answers():
    assert only(place.database).what == f"{connection.display_name} answers"


def test_migrations_that_are_applied():
    assert only(place.migrations).what == "all applied"


def test_migrations_that_are_missing_are_named():
    MigrationRecorder.Migration.objects.filter(app="orders", name__gte="0004").delete()

    finding = only(place.migrations)

    assert finding.grade == WRONG
    assert "not applied: orders.0004_heartbeat" in finding.what
    assert finding.remedy == "python manage.py migrate"


def test_the_databases_clock():
    assert only(place.clock_of_database).grade == OK


@pytest.mark.postgres
def test_a_databases_clock_that_is_off():
    with time_machine.travel(timezone.now() + timedelta(seconds=90)):
        finding = only(place.clock_of_database)

    assert (finding.grade, finding.what) == (WRONG, "90 s from ours")


def test_a_cache_in_memory_is_fine_for_a_demo_only(settings):
    assert only(place.caching).grade == WARNING

    settings.DEBUG = True
    assert only(place.caching).grade == OK


def test_a_shared_cache_is_asked(settings, tmp_path):
    settings.CACHES = {"default": FILES["default"] | {"LOCATION": str(tmp_path)}}

    assert only(place.caching).what == "shared, and answers"


def test_a_shared_cache_that_is_away(settings, tmp_path, monkeypatch):
    settings.CACHES = {"default": FILES["default"] | {"LOCATION": str(tmp_path)}}
    (tmp_path / "file").write_text("")
    settings.CACHES = {"default": FILES["default"] | {"LOCATION": str(tmp_path / "file" / "cache")}}

    finding = only(place.caching)

    assert (finding.grade, finding.what) == (WRONG, "does not answer: NotADirectoryError")


def test_a_shared_cache_that_forgets(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

    assert only(place.caching).what == "does not answer, or forgets at once what it is told"
    assert cache.get("doctor") is None


# The processes


@pytest.mark.parametrize(("minutes", "grade"), [(4, OK), (6, WRONG)])
def test_a_sweep_that_ran_lately_is_well(minutes, grade):
    heard("tend", minutes=minutes)

    finding = only(processes.sweep)

    assert finding.grade == grade
    assert f"{minutes} min ago" in finding.what


def test_a_sweep_that_never_ran():
    assert (only(processes.sweep).grade, only(processes.sweep).what) == (WRONG, "never ran")


@pytest.mark.parametrize(("minutes", "grade"), [(4, OK), (6, WRONG)])
def test_a_worker_that_was_at_work_lately_is_well(minutes, grade):
    heard("tend", seconds=5)
    heard("worker", minutes=minutes)

    assert only(processes.worker).grade == grade
    assert f"{minutes} min ago" in only(processes.worker).what


def test_a_worker_that_was_never_seen():
    heard("tend", seconds=5)

    assert (only(processes.worker).grade, only(processes.worker).what) == (WRONG, "was never seen")


def test_without_a_sweep_nothing_is_known_of_the_worker():
    """The sweep asks it for its signs of life."""
    heard("tend", minutes=30)
    heard("worker", minutes=30)

    assert only(processes.worker).grade == WARNING


@pytest.mark.parametrize(("minutes", "grade"), [(4, OK), (6, WRONG)])
def test_tasks_that_wait_for_long_are_wrong(minutes, grade):
    tasks.beat.enqueue()
    DBTaskResult.objects.update(enqueued_at=ago(minutes=minutes))

    assert only(processes.tasks).grade == grade


def test_how_many_tasks_wait_is_told():
    for minutes in (10, 20, 1):
        row = tasks.beat.enqueue()
        DBTaskResult.objects.filter(pk=row.id).update(enqueued_at=ago(minutes=minutes))

    assert only(processes.tasks).what == "2 wait, the oldest for 20 min"


def test_tasks_that_failed_are_a_warning():
    tasks.beat.enqueue()
    DBTaskResult.objects.update(status="FAILED", finished_at=timezone.now())

    assert (only(processes.tasks).grade, only(processes.tasks).what) == (WARNING, "1 failed within a week")


@pytest.mark.parametrize(("minutes", "grade"), [(14, OK), (16, WRONG)])
def test_mails_that_are_late_are_wrong(minutes, grade):
    mails.owe(place_order(), OrderMail.Kind.CONFIRMATION)
    OrderMail.objects.update(created_at=ago(minutes=minutes))

    assert only(processes.mails).grade == grade


def test_why_mails_are_late_is_told():
    for error in ("", "ConnectionRefusedError"):
        mail = mails.owe(place_order(), OrderMail.Kind.CONFIRMATION)
        OrderMail.objects.filter(pk=mail.pk).update(created_at=ago(hours=3), error=error)

    assert only(processes.mails).what == "2 not sent, the oldest for 3 h (ConnectionRefusedError)"


def test_mails_that_were_sent_are_well():
    mails.send(mails.owe(place_order(), OrderMail.Kind.CONFIRMATION))
    OrderMail.objects.update(created_at=ago(hours=3))

    assert only(processes.mails).what == "all sent"
