"""Writes the books of a preview, by a few statements whatever their number."""

from collections.abc import Iterable, Sequence
from typing import Any

from bookstore.catalog.models import Book, Contribution, Contributor, Subject
from bookstore.catalog.words import free_slug

from .preview import unknown_people, unknown_shelves
from .resource import COLUMNS, OWN_ATTRIBUTES, changed_columns

BATCH = 200
INDEXED = {"title", "subtitle", "contributors", "subjects", "publisher"}
"""Columns that lists and search read from the book's index (models/index.py)."""


def write(books: Sequence[Any]) -> None:
    """In the transaction of the caller, who has locked the books that are there.

    Only what changes is written: new prices for ten thousand books are one column.
    """
    changed = {book.isbn13: changed_columns(book) for book in books}
    known = [book for book in books if not book._state.adding]
    _create([book for book in books if book._state.adding])
    _update(known, set().union(*changed.values()))
    _credit([book for book in books if "contributors" in changed[book.isbn13]])
    _file_under([book for book in books if "subjects" in changed[book.isbn13]])
    Book.objects.reindex([book for book in books if changed[book.isbn13] & INDEXED])


def sort_name_of(name: str) -> str:
    """`Jane Austen` stands on the shelf as `Austen, Jane`. Right for most; staff correct the others."""
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first else name


def _create(books: Sequence[Any]) -> None:
    taken = set(Book.objects.values_list("slug", flat=True)) if books else set()
    for book in books:
        first = book.people[0][0] if book.people else ""
        words = [book.title, first, book.get_format_display(), book.isbn13]
        book.slug = free_slug(words, taken.__contains__)
        taken.add(book.slug)
    Book.objects.bulk_create(books, batch_size=500)


def _update(books: Sequence[Any], columns: set[str]) -> None:
    attributes = [COLUMNS[name][0] for name in sorted(columns) if COLUMNS[name][0] in OWN_ATTRIBUTES]
    if attributes:
        Book.objects.bulk_update(books, attributes, batch_size=BATCH)


def _credit(books: Sequence[Any]) -> None:
    known = _people({name for book in books for name, _ in book.people})
    Contribution.objects.filter(book__in=_keys(books)).delete()
    Contribution.objects.bulk_create(
        Contribution(book=book, contributor=known[name], role=role, position=position)
        for book in books
        for position, (name, role) in enumerate(book.people)
    )


def _people(names: set[str]) -> dict[str, Contributor]:
    """Of several with one name, the first."""
    new = sorted(unknown_people((name, "") for name in names))
    Contributor.objects.bulk_create(
        Contributor(name=name, sort_name=sort_name_of(name)[:160]) for name in new
    )
    found = Contributor.objects.filter(name__in=names).order_by("-pk")
    return {contributor.name: contributor for contributor in found}


def _file_under(books: Sequence[Any]) -> None:
    for name in sorted(unknown_shelves(name for book in books for name in book.shelves)):
        Subject.objects.get_or_create(name=name)
    known = {subject.name.casefold(): subject.pk for subject in Subject.objects.all()}
    shelved = Book.subjects.through
    shelved._default_manager.filter(book__in=_keys(books)).delete()
    shelved._default_manager.bulk_create(
        shelved(book_id=book.pk, subject_id=known[name.casefold()]) for book in books for name in book.shelves
    )


def _keys(books: Iterable[Any]) -> list[int]:
    return [book.pk for book in books]
