"""A worker may be killed in the middle of a task: the sweep hands the task to the next one."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from bookstore.testing.worker import run_due_tasks
from orders import tasks
from orders.models import Heartbeat

pytestmark = pytest.mark.django_db


def dropped(*, minutes: float, starts: int = 1) -> DBTaskResult:
    """A task that was begun, by that many workers one after another, and never ended."""
    tasks.beat.enqueue()
    row = DBTaskResult.objects.ready().get()
    for number in range(starts):
        row.claim(f"worker-{number}")
    DBTaskResult.objects.filter(pk=row.pk).update(started_at=timezone.now() - timedelta(minutes=minutes))
    return row


def test_what_a_killed_worker_left_behind_is_done_by_the_next():
    dropped(minutes=16)
    assert run_due_tasks() == 0

    assert tasks.take_up_dropped() == 1

    assert run_due_tasks() == 1
    assert Heartbeat.objects.exists()
    assert tasks.take_up_dropped() == 0


def test_what_may_still_be_running_is_left_to_its_worker():
    row = dropped(minutes=14)

    assert tasks.take_up_dropped() == 0

    row.refresh_from_db()
    assert row.status == TaskResultStatus.RUNNING


def test_what_has_killed_three_workers_is_given_up_and_says_so():
    row = dropped(minutes=16, starts=3)

    assert tasks.take_up_dropped() == 1

    row.refresh_from_db()
    assert row.status == TaskResultStatus.FAILED
    assert row.task_result.errors[0].exception_class is ChildProcessError
    assert "3 workers died" in row.task_result.errors[0].traceback
    assert run_due_tasks() == 0


def test_a_task_that_ends_in_this_very_moment_stays_ended():
    row = dropped(minutes=16)
    found = list(DBTaskResult.objects.running())
    DBTaskResult.objects.filter(pk=row.pk).update(status=TaskResultStatus.SUCCESSFUL)

    assert [tasks._take_up(each) for each in found] == [0]
