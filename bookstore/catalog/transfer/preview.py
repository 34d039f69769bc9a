"""What an import would do, row by row. It is worked out anew when it is done, and has to be the same then."""

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

import tablib

from bookstore.catalog.models import Contributor, Subject

from .columns import Person
from .resource import COLUMN_OF, BookResource, changed_columns, values_of

NEW, CHANGED, UNCHANGED, WRONG = "new", "changed", "unchanged", "wrong"
KINDS = {"new": NEW, "update": CHANGED, "skip": UNCHANGED, "invalid": WRONG}


class Change(NamedTuple):
    column: str
    old: str
    new: str


class Row(NamedTuple):
    """`number` as a spreadsheet counts, the header being row 1."""

    number: int
    isbn13: str
    title: str
    kind: str
    changes: tuple[Change, ...] = ()
    errors: tuple[str, ...] = ()


class Preview:
    """`rows` as in the file; `books` those that would be written, with their `people` and `shelves`."""

    def __init__(self, dataset: tablib.Dataset) -> None:
        result = BookResource().import_data(dataset, raise_errors=False)
        if result.base_errors:
            raise result.base_errors[0].error
        self.rows: list[Row] = []
        self.books: list[Any] = []
        self.columns: list[str] = list(dataset.headers or ())
        for number, (given, row) in enumerate(zip(dataset.dict, result.rows, strict=True), start=2):
            self._take(number, given, row)

    def _take(self, number: int, given: Any, row: Any) -> None:
        if row.errors:
            raise row.errors[0].error  # a fault of ours, not of the file's
        kind, book = KINDS[row.import_type], row.instance
        if kind == WRONG:
            errors = tuple(_in_words(row.validation_error))
            self.rows.append(
                Row(number, str(given["isbn13"])[:40], str(given.get("title") or "")[:100], kind, (), errors)
            )
            return
        changes = _changes(book) if kind != UNCHANGED else ()
        self.rows.append(Row(number, book.isbn13, book.title, kind, changes))
        if kind != UNCHANGED:
            self.books.append(book)

    @cached_property
    def counts(self) -> dict[str, int]:
        counted = Counter(row.kind for row in self.rows)
        return {kind: counted[kind] for kind in (NEW, CHANGED, UNCHANGED, WRONG)}

    @property
    def can_be_done(self) -> bool:
        return bool(self.books) and not self.counts[WRONG]

    @property
    def worth_showing(self) -> list[Row]:
        """Mistakes first, then what changes."""
        order = {WRONG: 0, CHANGED: 1, NEW: 2}
        return sorted((r for r in self.rows if r.kind != UNCHANGED), key=lambda r: (order[r.kind], r.number))

    @cached_property
    def new_people(self) -> list[str]:
        """Names that no contributor of the shop has: new ones, or mistyped."""
        return sorted(unknown_people(person for book in self.books for person in book.people))

    @cached_property
    def new_shelves(self) -> list[str]:
        return sorted(unknown_shelves(name for book in self.books for name in book.shelves))

    @cached_property
    def digest(self) -> str:
        """The same for the same changes."""
        told = (self.rows, self.new_people, self.new_shelves)
        return sha256(repr(told).encode()).hexdigest()


def unknown_people(people: Iterable[Person]) -> set[str]:
    names = {name for name, _ in people}
    return names - set(Contributor.objects.filter(name__in=names).values_list("name", flat=True))


def unknown_shelves(names: Iterable[str]) -> set[str]:
    known = {name.casefold() for name in Subject.objects.values_list("name", flat=True)}
    return {name for name in names if name.casefold() not in known}


def _changes(book: Any) -> tuple[Change, ...]:
    changed = changed_columns(book) - {"isbn13"}
    return tuple(
        Change(column, book.before.get(column, ""), value)
        for column, value in values_of(book).items()
        if column in changed
    )


def _in_words(error: Any) -> Iterable[str]:
    for attribute, words in error.message_dict.items():
        yield f"{COLUMN_OF.get(attribute, attribute)}: {' '.join(words)}"
