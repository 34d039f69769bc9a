"""One sweep over what is due: for cron, or with `--every SECONDS` as a process of its own."""

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from bookstore.api import pruning
from orders import acceptance, endings, mails
from payments import inbox, reconciling, refunds

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Try again what failed before: events, carts to empty, mails, refunds. Ask Stripe about payments without "
        "news, expire unpaid orders (their payment is canceled first). Forget what the API need not remember. "
        "Safe to run at any time and on several hosts at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=int, metavar="SECONDS", help="keep running, one sweep every SECONDS"
        )

    def handle(self, *args: Any, every: int | None = None, **options: Any) -> None:
        if every is None:
            self.stdout.write(self.sweep() or "Nothing was due.")
            return
        if every < 1:
            raise CommandError("--every needs a number of seconds from 1")
        stop = threading.Event()
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda *_: stop.set())
        while not stop.is_set():
            self.sweep_or_wait()
            stop.wait(every)

    def sweep_or_wait(self) -> None:
        """A database that is away for a while ends a sweep, not the process."""
        try:
            if summary := self.sweep():
                self.stdout.write(summary)
        except DatabaseError:
            logger.exception("The sweep was cut short, the next one goes on")
            connection.close()

    def sweep(self) -> str:
        """Do what is due, and say what that was; "" when nothing was.

        What needs Stripe comes last, so that nothing else waits while Stripe is slow.
        """
        done = {
            "events applied": _done(inbox.retry_due),
            "carts emptied": _done(acceptance.empty_due_carts),
            "mails sent": _done(mails.send_left_behind),
            "outdated keys and tokens forgotten": _done(pruning.prune),
            "payments settled": _done(reconciling.look_at_open),
            "orders expired": _done(endings.expire_holds),
            "refunds sent": _done(refunds.submit_due),
        }
        return ", ".join(f"{count} {what}" for what, count in done.items() if count)


def _done(duty: Callable[[], int]) -> int:
    """How much of a duty was done. One that fails does not keep the next from being done."""
    try:
        return duty()
    except DatabaseError:
        raise
    except Exception:
        logger.exception("%s failed, the next sweep tries again", duty.__name__)
        return 0
