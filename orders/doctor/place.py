"""The place that the shop runs in: settings, database, cache."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.checks import CheckMessage, Tags, run_checks
from django.db import DatabaseError, connection
from django.utils import timezone

from bookstore.readiness import unapplied_migrations
from payments.examining import Finding, ok, warning, wrong

logger = logging.getLogger(__name__)

SKEW = timedelta(seconds=60)
CACHE_REMEDY = (
    "Is it running, is CACHE_URL right, has it memory? Without it pages are slower and tries are not counted."
)
MEMORY = "django.core.cache.backends.locmem.LocMemCache"


def database() -> Iterable[Finding]:
    about = "database"
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        name = type(error).__name__
        remedy = "Is it running, and is DATABASE_URL right? Meanwhile the shop shows errors; Stripe sends events again."
        yield wrong(about, f"{connection.vendor} does not answer: {name}: {first_line(error)}", remedy)
    else:
        yield ok(about, f"{connection.display_name} answers")


def first_line(error: Exception) -> str:
    """PostgreSQL's errors have several."""
    return str(error).partition("\n")[0][:200]


def migrations() -> Iterable[Finding]:
    about = "migrations"
    if missing := unapplied_migrations():
        first = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        yield wrong(about, f"{len(missing)} not applied: {first}", "python manage.py migrate")
    else:
        yield ok(about, "all applied")


def clock_of_database() -> Iterable[Finding]:
    about = "clock of the database"
    if connection.vendor == "sqlite":
        yield ok(about, "is this machine's")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    skew = abs(timezone.now() - theirs)
    what = f"{skew.total_seconds():.0f} s from ours"
    remedy = "Let both machines keep their time by NTP (chrony, systemd-timesyncd)."
    yield wrong(about, what, remedy) if skew > SKEW else ok(about, what)


def caching() -> Iterable[Finding]:
    about = "cache"
    if settings.CACHES["default"]["BACKEND"] == MEMORY:
        remedy = "Set CACHE_URL=redis://... as soon as there is more than one web process."
        what = "each process has its own: limits count for each of them alone"
        yield ok(about, "memory of this process") if settings.DEBUG else warning(about, what, remedy)
        return
    try:
        cache.set("doctor", now := datetime.now(UTC).isoformat(), 60)
        answers = cache.get("doctor") == now
    except Exception as error:  # each cache has errors of its own
        logger.exception("The cache does not answer")
        yield wrong(about, f"does not answer: {type(error).__name__}", CACHE_REMEDY)
        return
    if answers:
        yield ok(about, "shared, and answers")
    else:
        yield wrong(about, "does not answer, or forgets at once what it is told", CACHE_REMEDY)


def check() -> Iterable[Finding]:
    """What `manage.py check --deploy` says of security; of the accounts in the database too, if it answers."""
    try:
        found = _security_checks(databases=["default"])
    except DatabaseError:
        found = _security_checks(databases=None)
    if not found:
        yield ok("settings", "manage.py check has nothing to say")
    yield from map(_of, found)


def _security_checks(databases: list[str] | None) -> list[CheckMessage]:
    found = run_checks(
        tags=[Tags.security], include_deployment_checks=not settings.DEBUG, databases=databases
    )
    return [message for message in found if not message.is_silenced()]


def _of(message: CheckMessage) -> Finding:
    grade = wrong if message.is_serious() else warning
    return grade(
        "settings", f"{message.msg} ({message.id})", message.hint or "See `manage.py check --deploy`."
    )
