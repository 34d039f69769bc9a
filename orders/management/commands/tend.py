"""One sweep over what is due: for cron, or with `--every SECONDS` as a process of its own."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from bookstore.api import pruning
from orders import acceptance, endings, mails, overdue, tasks
from orders.models import Heartbeat
from payments import catching_up, inbox, orphans, reconciling, refunds

logger = logging.getLogger(__name__)

Duty = Callable[[], int]


def duties() -> dict[str, Duty]:
    """What a sweep does, in its order. What needs Stripe comes last, lest the rest wait for it."""
    return {
        "events applied": inbox.retry_due,
        "carts emptied": acceptance.empty_due_carts,
        "mails sent": mails.send_left_behind,
        "outdated keys and tokens forgotten": pruning.prune,
        "finished tasks forgotten": tasks.forget_finished,
        "dropped tasks taken up": tasks.take_up_dropped,
        "missed events received": catching_up.catch_up,
        "lost payments found": reconciling.look_for_lost,
        "payments settled": reconciling.look_at_open,
        "orders expired": endings.expire_holds,
        "refunds sent": refunds.submit_due,
        "refunds followed": reconciling.look_at_refunds,
        "disputes followed": reconciling.look_at_disputes,
        "charges without a payment looked into": orphans.sweep,
        "charges without a payment ended": orphans.look_again,
        "stuck payments noted": overdue.call_attention,
    }


class Command(BaseCommand):
    help = (
        "Try again what failed before: events, carts to empty, mails, refunds. Fetch the events that never came. Ask "
        "Stripe about payments, refunds and disputes without news, expire unpaid orders (their payment is canceled "
        "first), look for charges that have no order. Forget what need not be remembered. Safe to run at any time and "
        "on several hosts at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=int, metavar="SECONDS", help="keep running, one sweep every SECONDS"
        )

    def handle(self, *args: Any, every: int | None = None, verbosity: int = 1, **options: Any) -> None:
        if every is None:
            summary = self.sweep(self.stdout.write if verbosity else None)
            self.stdout.write(summary or "Nothing was due.")
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

    def sweep(self, tell: Callable[[str], Any] | None = None) -> str:
        """Do what is due, tell how each duty went, and sum up what was done; "" when nothing was."""
        done: dict[str, int] = {}
        for what, duty in duties().items():
            started = time.perf_counter()
            done[what] = _done(duty)
            if tell:
                tell(f"  {what:<38} {done[what]:>6}  ({time.perf_counter() - started:.2f} s)")
        Heartbeat.beat(Heartbeat.Name.TEND)
        tasks.ask_worker_to_beat()
        return ", ".join(f"{count} {what}" for what, count in done.items() if count)


def _done(duty: Duty) -> int:
    """How much of a duty was done. One that fails does not keep the next from being done."""
    try:
        return duty()
    except DatabaseError:
        raise
    except Exception:
        logger.exception("%s failed, the next sweep tries again", getattr(duty, "__name__", duty))
        return 0
