"""Is the shop well? One line for each thing looked at, and beneath what is not well: what to do."""

import logging
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand

from orders import doctor
from payments.examining import Finding, Grade


class Command(BaseCommand):
    help = (
        "Look at settings, database, Stripe, webhooks, clocks, worker and sweep, and say what to do where something "
        "is not well. Changes nothing. Exit code 1: something is WRONG; with warnings only it is 0."
    )
    requires_system_checks = ()  # their findings are among ours, and must not keep us from looking

    def handle(self, *args: Any, verbosity: int = 1, **options: Any) -> None:
        grades: Counter[Grade] = Counter()
        with quiet_logs():
            for finding in doctor.examine():
                grades[finding.grade] += 1
                if verbosity or finding.grade != Grade.OK:
                    self.tell(finding)
        self.stdout.write(summary(grades))
        if grades[Grade.WRONG]:
            sys.exit(1)

    def tell(self, finding: Finding) -> None:
        paint = {
            Grade.OK: self.style.SUCCESS,
            Grade.WARNING: self.style.WARNING,
            Grade.WRONG: self.style.ERROR,
        }
        grade = paint[finding.grade](f"{finding.grade:<7}")
        self.stdout.write(f"{grade}  {finding.about}: {finding.what}")
        if finding.remedy:
            self.stdout.write(f"         {finding.remedy}")


def summary(grades: Counter[Grade]) -> str:
    if not grades[Grade.WRONG] and not grades[Grade.WARNING]:
        return "All is well."
    return f"{grades[Grade.WRONG]} wrong, {grades[Grade.WARNING]} to be looked at, {grades[Grade.OK]} well."


@contextmanager
def quiet_logs() -> Iterator[None]:
    """What fails is told in our own words; the log's stack traces would stand between the lines."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
