"""What an invariant is, and what comes of checking it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

MOST_NAMED = 20
"""So many of the rows that break an invariant are named; of the others it is said how many there are."""


@dataclass(frozen=True)
class Rule:
    """Rows that break an invariant; `words` says what is wrong with one, its columns filled in."""

    words: str
    rows: Iterable[tuple[Any, ...]]

    def offences(self) -> Iterator[str]:
        return (self.words.format(*row) for row in self.rows)


@dataclass(frozen=True)
class Invariant:
    """A sentence that holds at any moment. `rules` look for what would break it among `count()` rows."""

    number: int
    sentence: str
    unit: str
    count: Callable[[], int]
    rules: Callable[[], Iterable[Rule]]


@dataclass(frozen=True)
class Finding:
    """How an invariant stands. `offences` names each row that breaks it, in words."""

    number: int
    sentence: str
    looked_at: int
    unit: str
    offences: tuple[str, ...]

    @property
    def is_broken(self) -> bool:
        return bool(self.offences)

    def named(self) -> list[str]:
        """The first offences, and how many more there are."""
        more = len(self.offences) - MOST_NAMED
        return [*self.offences[:MOST_NAMED], *([f"and {more:,} more"] if more > 0 else [])]


def invariant(
    number: int, sentence: str, *, unit: str, count: Callable[[], int]
) -> Callable[[Callable[[], Iterable[Rule]]], Invariant]:
    """Makes an invariant of the function that gives its rules."""
    return lambda rules: Invariant(number, sentence, unit, count, rules)


def check(invariant: Invariant) -> Finding:
    offences = tuple(offence for rule in invariant.rules() for offence in rule.offences())
    return Finding(invariant.number, invariant.sentence, invariant.count(), invariant.unit, offences)


def select(sql: str, params: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    """Rows of a statement that the ORM has no words for; it must run on SQLite and PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
        return cursor.fetchall()
