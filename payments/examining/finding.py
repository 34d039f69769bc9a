"""One thing that was looked at: how it stands, and what to do where it does not stand well."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Grade(StrEnum):
    OK = "ok"
    WARNING = "warning"
    WRONG = "WRONG"


@dataclass(frozen=True)
class Finding:
    about: str
    grade: Grade
    what: str
    remedy: str = ""


Examination = Callable[[], Iterable[Finding]]
"""Looks at one thing. It may raise: whoever runs it makes a finding of that too, and goes on with the next."""


def ok(about: str, what: str) -> Finding:
    return Finding(about, Grade.OK, what)


def warning(about: str, what: str, remedy: str) -> Finding:
    return Finding(about, Grade.WARNING, what, remedy)


def wrong(about: str, what: str, remedy: str) -> Finding:
    return Finding(about, Grade.WRONG, what, remedy)


def in_words(span: timedelta) -> str:
    """`45 s`, `12 min`, `5 h`, `3 d`: as coarse as people read it."""
    seconds = max(int(span.total_seconds()), 0)
    for size, unit in ((172_800, "d"), (7_200, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds // {'d': 86_400, 'h': 3_600, 'min': 60}[unit]} {unit}"
    return f"{seconds} s"
