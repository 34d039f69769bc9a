"""The shop as it runs in production, in processes of its own that can be killed: gunicorn, two task workers, a sweep.

They work on the database of the test and talk to its sandbox. `revive` starts again what has died, as systemd would.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit

import psutil
import requests
from django.conf import settings
from django.db import connection

from bookstore.testing.stripe import WEBHOOK
from payments.sandbox.testing import SandboxServer

WEB, WORKERS, SWEEP = "web", ("worker-1", "worker-2"), "tend"
NAME_AT_POSTGRES = "endpapers-under-fire"
STOP_SECONDS = 10
MANAGE = [sys.executable, "manage.py"]
GUARDIAN = "import os, signal, sys; sys.stdin.read(); os.killpg(0, signal.SIGKILL)"
"""Ends its process group as soon as nobody holds the other end of its stdin: when the test is killed, too."""
AT_WORK = """
    SELECT pid, state <> 'idle' FROM pg_stat_activity
    WHERE application_name = %s AND datname = current_database() ORDER BY state = 'idle', pid
"""


class Shop:
    """As a context manager: nothing of it is left afterwards, whatever happened."""

    def __init__(self, sandbox: SandboxServer, folder: Path) -> None:
        self.mails = folder / "mail"
        self.log = folder / "log"
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.webhook_url = self.url + WEBHOOK
        self._environment = os.environ | _environment(sandbox, folder, self.url)
        serve = [sys.executable, "-m", "gunicorn", "bookstore.wsgi", f"--bind=127.0.0.1:{port}", "--preload"]
        work = [*MANAGE, "db_worker", "--interval=0.1", "--no-startup-delay", "--no-reload"]
        self._commands = {
            WEB: [*serve, "--workers=2", "--threads=4", "--no-control-socket"],
            SWEEP: [*MANAGE, "tend", "--every=1"],
            **dict.fromkeys(WORKERS, work),
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Shop":
        guard = [sys.executable, "-c", GUARDIAN]
        self._guardian = subprocess.Popen(guard, stdin=subprocess.PIPE, process_group=0)
        self.revive()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill_everything()

    def kill_everything(self) -> None:
        """All of it at once, as when the lights go out."""
        self._guardian.communicate()
        for process in self._running.values():
            process.wait(STOP_SECONDS)

    def revive(self) -> None:
        """Start what is not running."""
        for name in self._commands:
            if name not in self._running or self._running[name].poll() is not None:
                self._running[name] = self._started(name)

    def is_open(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(self.url, timeout=5).ok
        return False

    # How it dies: each answers whether there was something to kill

    def kill_web_worker(self, dice: Random) -> bool:
        """One of gunicorn's; the master makes another one."""
        with suppress(psutil.NoSuchProcess):
            if workers := psutil.Process(self._running[WEB].pid).children():
                dice.choice(workers).kill()
                return True
        return False

    def kill_web(self, dice: Random) -> bool:
        """gunicorn and all its workers, as when the host goes down."""
        return self._kill(WEB)

    def kill_task_worker(self, dice: Random) -> bool:
        return self._kill(dice.choice(WORKERS))

    def kill_sweep(self, dice: Random) -> bool:
        return self._kill(SWEEP)

    def kill_back_end(self, dice: Random) -> bool:
        """A database connection of one of the processes, rather one that is at work just now."""
        with connection.cursor() as cursor:
            cursor.execute(AT_WORK, [NAME_AT_POSTGRES])
            found = cursor.fetchall()
            busy = [pid for pid, is_busy in found if is_busy]
            if not found:
                return False
            cursor.execute(
                "SELECT pg_terminate_backend(%s)", [dice.choice(busy or [pid for pid, _ in found])]
            )
            return bool(cursor.fetchone()[0])

    def _kill(self, name: str) -> bool:
        """It and its children; it is stopped first, so that it makes no more of them."""
        process = self._running[name]
        if process.poll() is not None:
            return False
        process.send_signal(signal.SIGSTOP)
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()
        return True

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self._commands[name],
                cwd=settings.BASE_DIR,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=self._guardian.pid,
            )


DEATHS: dict[str, Callable[[Shop, Random], bool]] = {
    "web workers": Shop.kill_web_worker,
    "whole web servers": Shop.kill_web,
    "task workers": Shop.kill_task_worker,
    "sweeps": Shop.kill_sweep,
    "back ends": Shop.kill_back_end,
}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _environment(sandbox: SandboxServer, folder: Path, url: str) -> dict[str, str]:
    """What `make run` would have, on this database and this sandbox."""
    return {
        "DJANGO_SETTINGS_MODULE": "bookstore.settings",
        "ENV_FILE": os.devnull,
        "VAR_DIR": str(folder),
        "DEBUG": "true",
        "SITE_URL": url,
        "DATABASE_URL": _url_of(connection.settings_dict),
        "PGAPPNAME": NAME_AT_POSTGRES,
        "EMAIL_URL": "",
        "LOG_LEVEL": "WARNING",
        "STRIPE_SANDBOX": "true",
        "SANDBOX_PORT": str(urlsplit(sandbox.url).port),
        "STRIPE_PUBLISHABLE_KEY": sandbox.publishable_key,
        "STRIPE_SECRET_KEY": sandbox.secret_key,
        "STRIPE_WEBHOOK_SECRET": sandbox.webhook_secret,
    }


def _url_of(database: dict[str, Any]) -> str:
    """A socket's folder stands in the path, as bookstore.testing.postgres has it."""
    host, name = database["HOST"], database["NAME"]
    if not host or host.startswith("/"):
        return f"postgres:///{host}/{name}"
    account = f"{quote(database['USER'])}:{quote(database['PASSWORD'], safe='')}"
    return f"postgres://{account}@{host}:{database['PORT'] or 5432}/{name}"
