"""The worker is asked for a sign of life; what it has finished long ago is forgotten."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from bookstore.testing.worker import run_due_tasks
from orders import tasks
from orders.models import Heartbeat

pytestmark = pytest.mark.django_db

WORKER = Heartbeat.Name.WORKER


def test_a_worker_that_is_asked_gives_a_sign_of_life():
    tasks.ask_worker_to_beat()
    assert not Heartbeat.objects.exists()

    run_due_tasks()

    beat = Heartbeat.objects.get(name=WORKER)
    assert timezone.now() - beat.at < timedelta(seconds=30)
    assert str(beat) == f"worker at {beat.at}"


def test_while_it_has_not_answered_it_is_not_asked_again():
    tasks.ask_worker_to_beat()
    tasks.ask_worker_to_beat()

    assert DBTaskResult.objects.ready().count() == 1


@pytest.mark.parametrize(("seconds", "asked"), [(50, 0), (70, 1)])
def test_it_is_asked_once_a_minute(seconds, asked):
    Heartbeat.objects.create(name=WORKER, at=timezone.now() - timedelta(seconds=seconds))

    tasks.ask_worker_to_beat()

    assert DBTaskResult.objects.ready().count() == asked


def test_the_sweeps_own_sign_of_life_is_not_taken_for_the_workers():
    Heartbeat.beat(Heartbeat.Name.TEND)

    tasks.ask_worker_to_beat()

    assert DBTaskResult.objects.ready().count() == 1


def test_a_sweep_leaves_its_sign_of_life_and_asks_the_worker_for_one(stripe):
    call_command("tend", verbosity=0)

    assert Heartbeat.objects.get().name == Heartbeat.Name.TEND
    assert DBTaskResult.objects.ready().get().task_path == "orders.tasks.beat"


def test_beating_again_moves_the_one_row():
    Heartbeat.beat(WORKER)
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1))

    Heartbeat.beat(WORKER)

    assert timezone.now() - Heartbeat.objects.get().at < timedelta(seconds=30)


def test_tasks_that_ended_a_week_ago_are_forgotten_and_others_stay():
    for _ in range(4):
        tasks.beat.enqueue()
    old_done, old_failed, done, waiting = DBTaskResult.objects.all()
    week_ago = timezone.now() - timedelta(days=7, minutes=1)
    for row, status, finished_at in (
        (old_done, "SUCCESSFUL", week_ago),
        (old_failed, "FAILED", week_ago),
        (done, "SUCCESSFUL", week_ago + timedelta(minutes=5)),
    ):
        DBTaskResult.objects.filter(pk=row.pk).update(status=status, finished_at=finished_at)

    assert tasks.forget_finished() == 2

    assert set(DBTaskResult.objects.all()) == {done, waiting}
