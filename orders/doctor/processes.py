"""The processes beside the web server: the sweep, the worker, and what has been left lying."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from orders.models import Heartbeat, OrderMail
from payments.examining import Examination, Finding, in_words, ok, warning, wrong

SILENT = timedelta(minutes=5)
MAIL_LATE = timedelta(minutes=15)
TEND = "Run `manage.py tend` from cron each minute, or keep `manage.py tend --every 60` running."
WORKER = "Keep `manage.py db_worker` running. Until then mails and refunds wait for `tend`."


def sweep() -> Iterable[Finding]:
    about = "tend"
    at = _last(Heartbeat.Name.TEND)
    if at is None:
        yield wrong(about, "never ran", TEND)
    elif is_silent(at):
        yield wrong(about, f"last ran {_ago(at)} ago", TEND)
    else:
        yield ok(about, f"ran {_ago(at)} ago")


def worker() -> Iterable[Finding]:
    about = "worker"
    at = _last(Heartbeat.Name.WORKER)
    if at and not is_silent(at):
        yield ok(about, f"was at work {_ago(at)} ago")
    elif is_silent(_last(Heartbeat.Name.TEND)):
        yield warning(about, "not known: `tend` did not ask it for a sign of life", TEND)
    else:
        yield wrong(about, f"last seen {_ago(at)} ago" if at else "was never seen", WORKER)


def tasks() -> Iterable[Finding]:
    about, now = "tasks", timezone.now()
    ready = DBTaskResult.objects.ready().filter(enqueued_at__lte=now - SILENT)
    waiting, oldest = ready.order_by().aggregate(n=Count("pk"), oldest=Min("enqueued_at")).values()
    failed = DBTaskResult.objects.failed().count()
    if waiting:
        yield wrong(about, f"{waiting} wait, the oldest for {in_words(now - oldest)}", WORKER)
    if failed:
        remedy = "Their errors stand in the admin, under task results. `tend` does what they were to do."
        yield warning(about, f"{failed} failed within a week", remedy)
    if not waiting and not failed:
        yield ok(about, "none waits, none has failed")


def mails() -> Iterable[Finding]:
    about, now = "mails", timezone.now()
    late = OrderMail.objects.unsent().filter(created_at__lte=now - MAIL_LATE)
    unsent, oldest = late.aggregate(n=Count("pk"), oldest=Min("created_at")).values()
    if not unsent:
        yield ok(about, "all sent")
        return
    error = late.exclude(error="").order_by("-attempts").values_list("error", flat=True).first()
    what = f"{unsent} not sent, the oldest for {in_words(now - oldest)}" + (f" ({error})" if error else "")
    yield wrong(
        about, what, "Does the mail server of EMAIL_URL answer and take our password? Then `tend` sends them."
    )


def is_silent(at: datetime | None) -> bool:
    return at is None or at < timezone.now() - SILENT


def _last(name: Heartbeat.Name) -> datetime | None:
    return Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()


def _ago(at: datetime) -> str:
    return in_words(timezone.now() - at)


EXAMINATIONS: tuple[Examination, ...] = (sweep, worker, tasks, mails)
