"""Files of books: read with limits, written row by row."""

import csv
from collections.abc import Iterator
from itertools import islice
from typing import Any

import tablib
from django.db.models import QuerySet

from bookstore.catalog.models import Book

from .resource import COLUMNS, values_of, with_people_and_shelves

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 10_000
LOOKED_AT = ("stock",)
"""Columns that an export has and an import leaves alone: copies are received, with a movement for each book."""
BYTE_ORDER_MARK = "\ufeff"
"""Without it, spreadsheets take UTF-8 for something older."""
BATCH = 500


class BadFile(ValueError):
    """The file as a whole cannot be read; the text says why."""


def text_of(content: bytes) -> str:
    """Raises BadFile."""
    if len(content) > MOST_BYTES:
        raise BadFile(f"The file is too large: at most {MOST_BYTES // 1024**2} MB.")
    if b"\0" in content:  # also UTF-16; and no database takes it
        raise BadFile("This is no text file. Save it as “CSV UTF-8”.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise BadFile("The file is not in UTF-8. Save it as “CSV UTF-8”.") from wrong


def dataset_of(text: str) -> tablib.Dataset:
    """Rows under the header that the shop knows, without columns that are only looked at. Raises BadFile."""
    rows = _rows(text)
    header = [name.strip().lower() for name in rows[0]] if rows else []
    _check_header(header)
    if len(rows) - 1 > MOST_ROWS:
        raise BadFile(f"The file has {len(rows) - 1} rows. Import at most {MOST_ROWS} at a time.")
    if len(rows) == 1:
        raise BadFile("The file has a header but no rows.")
    kept = [i for i, name in enumerate(header) if name in COLUMNS]
    dataset = tablib.Dataset(headers=[header[i] for i in kept])
    for number, row in enumerate(rows[1:], start=2):
        if len(row) > len(header):
            raise BadFile(f"Row {number} has more cells than the header has names.")
        filled = row + [""] * (len(header) - len(row))
        dataset.append([filled[i] for i in kept])
    return dataset


def _rows(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(islice(csv.reader(text.splitlines(keepends=True), delimiter=delimiter), MOST_ROWS * 2))
    except csv.Error as wrong:
        raise BadFile(f"This is no CSV file: {wrong}.") from wrong
    return [row for row in rows if any(cell.strip() for cell in row)]


def _check_header(header: list[str]) -> None:
    known = {*COLUMNS, *LOOKED_AT}
    if "isbn13" not in header:
        raise BadFile("The first row has to name the columns, and one of them has to be isbn13.")
    if unknown := [name or "(no name)" for name in header if name not in known]:
        raise BadFile(f"The shop knows no column {', '.join(unknown)[:200]}. It knows {', '.join(COLUMNS)}.")
    if len(set(header)) < len(header):
        raise BadFile("A column stands in the header twice.")


def has_looked_at(text: str) -> bool:
    """Whether the file has columns that are left alone."""
    return any(name.strip().lower() in LOOKED_AT for row in _rows(text)[:1] for name in row)


def stream(books: QuerySet[Book]) -> Iterator[str]:
    """The file of these books, in pieces; however many they are, a few hundred are in memory."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow([*COLUMNS, *LOOKED_AT])
    keys = books.values_list("pk", flat=True).iterator(chunk_size=10_000)
    while batch := list(islice(keys, BATCH)):
        found = with_people_and_shelves(Book.objects.filter(pk__in=batch))
        place = {pk: i for i, pk in enumerate(batch)}
        for book in sorted(found, key=lambda book: place[book.pk]):
            yield writer.writerow([*values_of(book).values(), book.stock])


class _Echo:
    """What csv.writer writes comes back from its `writerow`."""

    def write(self, row: str) -> Any:
        return row
