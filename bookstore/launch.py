"""`make run`: the whole shop on this machine, with its offline Stripe, its worker and its regular duties.

Makes ready what is not (database, sample books, demo staff), starts everything together, says where it is, and stops
all of it on Ctrl-C. For production see docs/; nothing here is used there.
"""

import errno
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections

from .accounts.demo import ADMIN_EMAIL, ADMIN_PASSWORD, STAFF
from .supervisor import STOP_SIGNALS, Program, Supervisor

HOST = "127.0.0.1"
TEND_SECONDS = 30


def main() -> int:
    os.umask(0o077)  # orders, mails and sessions are nobody else's business on a shared machine
    for number in STOP_SIGNALS:
        signal.signal(number, _leave)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore.settings")
    django.setup()
    if trouble := trouble_with_ports(_ports()):
        print(trouble, file=sys.stderr)
        return 1
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    prepare()
    greeting = welcome()
    connections.close_all()
    return Supervisor(programs()).run(when_ready=greeting, is_ready=answers)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _ports() -> dict[str, int]:
    ports = {"PORT": settings.PORT}
    if settings.STRIPE_SANDBOX:
        ports["SANDBOX_PORT"] = settings.SANDBOX_PORT
    return ports


def trouble_with_ports(ports: dict[str, int]) -> str:
    """One line for whoever started us; empty when every port is free."""
    if len(set(ports.values())) < len(ports):
        return f"{' and '.join(ports)} are the same. Choose two ports, like: make run PORT=8000 SANDBOX_PORT=12111"
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
                return f"Port {port} {why}. Choose another one, like: make run {name}={port + 1}"
    return ""


def prepare() -> None:
    """Database, sample books and demo admin. What is there stays as it is."""
    call_command("migrate", verbosity=0)
    call_command("load_sample_books")
    prepare_demo_admin()


def prepare_demo_admin() -> None:
    """And one of staff for each role. Only for the demo: DEBUG, the sandbox, and its own database. An account that
    exists is never changed."""
    if not (settings.DEBUG and settings.STRIPE_SANDBOX and is_the_demos(settings.DATABASES["default"])):
        return
    users = get_user_model().objects
    if not users.filter(email=ADMIN_EMAIL).exists():
        users.create_superuser(ADMIN_EMAIL, ADMIN_PASSWORD)
    for email, role in STAFF.items():
        if not users.filter(email=email).exists():
            person = users.create_user(email, ADMIN_PASSWORD, is_staff=True)
            person.groups.set(apps.get_model("auth", "Group").objects.filter(name=role))


def is_the_demos(database: Mapping[str, Any]) -> bool:
    """Whether this is the file that stands in for a DATABASE_URL. Any other database may be somebody's shop."""
    is_sqlite = database["ENGINE"] == "django.db.backends.sqlite3"
    return is_sqlite and Path(database["NAME"]) == settings.VAR_DIR / "bookstore.sqlite3"


def programs() -> list[Program]:
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    crew = [
        Program(
            "web",
            [*manage, "runserver", f"{HOST}:{settings.PORT}"],
            {"DJANGO_RUNSERVER_HIDE_WARNING": "true"},  # that it is not for production, we know
        ),
        Program("worker", [*manage, "db_worker"]),
        Program("tend", [*manage, "tend", "--every", str(TEND_SECONDS)]),
    ]
    return [*crew, sandbox()] if settings.STRIPE_SANDBOX else crew


def sandbox() -> Program:
    """The offline Stripe knows nothing of Django's settings: it is told."""
    return Program(
        "sandbox",
        [sys.executable, "-m", "payments.sandbox"],
        {
            "SANDBOX_PORT": str(settings.SANDBOX_PORT),
            "SANDBOX_WEBHOOK_URL": f"http://{HOST}:{settings.PORT}/orders/webhook",
            "SANDBOX_DATABASE": str(settings.VAR_DIR / "sandbox.sqlite3"),
            "STRIPE_PUBLISHABLE_KEY": settings.STRIPE_PUBLISHABLE_KEY,
            "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": next(iter(settings.STRIPE_WEBHOOK_SECRETS), ""),
        },
    )


def answers() -> bool:
    """Do the pages, and the sandbox where there is one, answer?"""
    return all(_answers(port) for port in _ports().values())


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/", timeout=2) as response:
            return bool(response.status)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def welcome() -> str:
    lines = [f"{settings.SHOP_NAME} is open:", f"  Shop       http://localhost:{settings.PORT}/"]
    if settings.STRIPE_SANDBOX:
        lines += [
            f"  Stripe     {settings.SANDBOX_URL}/  (the sandbox: no real card is ever charged)",
            "  Test card  4242 4242 4242 4242, any date to come, any CVC",
        ]
    lines += [f"  Admin      http://localhost:{settings.PORT}/admin/  {_admin()}".rstrip()]
    if known := _staff():
        lines += [f"  Staff      {known}"]
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        lines += [f"  Mails      {settings.EMAIL_FILE_PATH}"]
    return "\n".join(["", *lines, "  Ctrl-C stops everything; what was bought stays.", ""])


def _admin() -> str:
    """How to sign in, as far as we know: the password may have been changed."""
    admin = get_user_model().objects.filter(email=ADMIN_EMAIL, is_staff=True).first()
    if admin is None:
        return ""
    return (
        f"{ADMIN_EMAIL} / {ADMIN_PASSWORD if admin.check_password(ADMIN_PASSWORD) else '(your own password)'}"
    )


def _staff() -> str:
    """Those of the demo who still have its password."""
    people = get_user_model().objects.filter(email__in=STAFF, is_staff=True).order_by("pk")
    known = [person.email for person in people if person.check_password(ADMIN_PASSWORD)]
    return f"{', '.join(known)} / {ADMIN_PASSWORD}" if known else ""


if __name__ == "__main__":
    sys.exit(main())
