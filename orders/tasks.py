"""What the worker does for orders. Each task may run more than once without harm; what fails is left to `tend`."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from .models import Heartbeat, OrderMail

BEAT_PAUSE = timedelta(minutes=1)
FINISHED_KEPT = timedelta(days=7)
DROPPED_AFTER = timedelta(minutes=15)
"""Every task ends long before: mails and Stripe have time-outs."""
MOST_STARTS = 3


@task()
def send_order_mail(mail_id: int) -> None:
    from . import mails

    mails.send(OrderMail.objects.select_related("order").get(pk=mail_id))


@task()
def beat() -> None:
    """Shows `manage.py doctor` that a worker is running."""
    Heartbeat.beat(Heartbeat.Name.WORKER)


def ask_worker_to_beat() -> None:
    """Once a minute, unless the worker has not even come to the last time."""
    recent = Heartbeat.objects.filter(name=Heartbeat.Name.WORKER, at__gt=timezone.now() - BEAT_PAUSE)
    waiting = DBTaskResult.objects.ready().filter(task_path=beat.module_path)
    if not recent.exists() and not waiting.exists():
        beat.enqueue()


def forget_finished() -> int:
    """Delete the rows of tasks that have ended a week ago. Returns how many."""
    outdated = DBTaskResult.objects.finished().filter(finished_at__lte=timezone.now() - FINISHED_KEPT)
    return outdated.delete()[0]


def take_up_dropped() -> int:
    """Tasks whose worker was killed in the middle of them are to be done again, a few times. Returns how many."""
    dropped = DBTaskResult.objects.running().filter(started_at__lte=timezone.now() - DROPPED_AFTER)
    return sum(_take_up(result) for result in dropped)


def _take_up(result: DBTaskResult[Any, Any]) -> int:
    """One that kills its workers is given up."""
    changes: dict[str, Any] = {"status": TaskResultStatus.READY, "started_at": None}
    if len(result.worker_ids) >= MOST_STARTS:
        changes = {
            "status": TaskResultStatus.FAILED,
            "finished_at": timezone.now(),
            "exception_class_path": "builtins.ChildProcessError",
            "traceback": f"{len(result.worker_ids)} workers died in the middle of it.",
        }
    as_found = DBTaskResult.objects.running().filter(pk=result.pk, started_at=result.started_at)
    return as_found.update(**changes)
