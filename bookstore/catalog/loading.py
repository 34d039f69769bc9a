"""Brings a file of books into the shop. What is there already is left alone: prices and stock are the staff's."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from .isbn import isbn13_of
from .models import Book, Contribution, Contributor, Subject
from .words import free_slug

OWN_FIELDS = (
    "title", "subtitle", "publisher", "published_on", "first_published", "format", "pages", "language",
    "description", "price", "staff_pick", "staff_note",
)  # fmt: skip


class BrokenFile(ValueError):
    """The file cannot be loaded; nothing of it was. The text says which entry is at fault, and why."""


class Entry(NamedTuple):
    """One book of the file, checked."""

    book: Book
    people: list[Contribution]
    subjects: list[str]
    stock: int


class Loaded(NamedTuple):
    books: int
    copies: int
    skipped: int


@transaction.atomic
def load(content: Any) -> Loaded:
    """Add the books that are not there yet, with their subjects, contributors and stock. Raises BrokenFile."""
    raw = _by_isbn(_list_in(content, "books"))
    there = set(Book.objects.filter(isbn13__in=raw).values_list("isbn13", flat=True))
    fresh = {isbn13: named for isbn13, named in raw.items() if isbn13 not in there}
    if not fresh:
        return Loaded(0, 0, len(there))
    subjects = _subjects(_list_in(content, "subjects"))
    entries = [_checked(name, isbn13, entry, subjects) for isbn13, (name, entry) in fresh.items()]
    _create_books(entries)
    _credit(entries)
    _file_under(subjects, entries)
    stock = {entry.book.pk: entry.stock for entry in entries if entry.stock}
    Book.objects.receive_all(stock)
    Book.objects.reindex(entry.book for entry in entries)
    return Loaded(len(entries), sum(stock.values()), len(there))


# -- Reading ---------------------------------------------------------------------------------------------------------


def _list_in(content: Any, name: str) -> list[Any]:
    found = content.get(name) if isinstance(content, dict) else None
    if not isinstance(found, list):
        raise BrokenFile(f"The file has no list of {name}.")
    return found


def _by_isbn(entries: Iterable[Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Entries by ISBN-13, each with the name under which a fault of it is reported."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise BrokenFile(f"Book {number} is not an object.")
        name = f"Book {number} ({entry.get('title', 'no title')}, {entry.get('isbn13', 'no ISBN')})"
        isbn13 = isbn13_of(str(entry.get("isbn13", "")))
        if isbn13 is None:
            raise BrokenFile(f"{name}: isbn13 is not a valid ISBN.")
        if isbn13 in found:
            raise BrokenFile(f"{name}: this ISBN stands in the file twice.")
        found[isbn13] = name, entry
    return found


def _checked(name: str, isbn13: str, entry: Mapping[str, Any], subjects: Mapping[str, Subject]) -> Entry:
    try:
        book = Book(isbn13=isbn13, **{field: entry[field] for field in OWN_FIELDS})
        book.clean_fields()
        people = [
            _contribution(book, position, credit) for position, credit in enumerate(entry["contributors"])
        ]
        unknown = [slug for slug in entry["subjects"] if slug not in subjects]
        stock = entry["stock"]
    except KeyError as missing:
        raise BrokenFile(f"{name}: {missing.args[0]} is missing.") from missing
    except ValidationError as wrong:
        raise BrokenFile(f"{name}: {_in_words(wrong)}") from wrong
    except (TypeError, AttributeError) as wrong:
        raise BrokenFile(f"{name}: contributors and subjects have to be lists.") from wrong
    if unknown:
        raise BrokenFile(f"{name}: the file has no subject {', '.join(unknown)}.")
    if type(stock) is not int or stock < 0:
        raise BrokenFile(f"{name}: stock has to be a whole number, at least 0.")
    return Entry(book, people, list(entry["subjects"]), stock)


def _contribution(book: Book, position: int, credit: Mapping[str, str]) -> Contribution:
    contributor = Contributor(name=credit["name"], sort_name=credit["sort_name"])
    contribution = Contribution(book=book, contributor=contributor, role=credit["role"], position=position)
    contributor.clean_fields()
    contribution.clean_fields(exclude=["book", "contributor"])
    return contribution


def _in_words(error: ValidationError) -> str:
    return " ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())


# -- Writing, a few statements whatever the number of books ----------------------------------------------------------


def _subjects(entries: list[Any]) -> dict[str, Subject]:
    """Subjects of the file by slug, made where there are none yet."""
    try:
        names = {entry["slug"]: entry["name"] for entry in entries}
    except (KeyError, TypeError) as wrong:
        raise BrokenFile("Each subject needs a slug and a name.") from wrong
    Subject.objects.bulk_create(
        [Subject(slug=s, name=name) for s, name in names.items()], ignore_conflicts=True
    )
    subjects = Subject.objects.in_bulk(names, field_name="slug")
    if gone := sorted(names.keys() - subjects.keys()):
        raise BrokenFile(f"Subject {', '.join(gone)}: its name belongs to another subject of the shop.")
    return subjects


def _create_books(entries: list[Entry]) -> None:
    taken = set(Book.objects.values_list("slug", flat=True))
    for book, people, *_ in entries:
        first = people[0].contributor.name if people else ""
        book.slug = free_slug([book.title, first, book.get_format_display(), book.isbn13], taken.__contains__)
        taken.add(book.slug)
    Book.objects.bulk_create([entry.book for entry in entries], batch_size=500)


def _credit(entries: list[Entry]) -> None:
    contributions = [contribution for entry in entries for contribution in entry.people]
    wanted = {_identity(contribution.contributor): contribution.contributor for contribution in contributions}
    known = {_identity(c): c for c in Contributor.objects.filter(name__in={name for name, _ in wanted})}
    new = [contributor for identity, contributor in wanted.items() if identity not in known]
    known |= {_identity(contributor): contributor for contributor in Contributor.objects.bulk_create(new)}
    for contribution in contributions:
        contribution.contributor = known[_identity(contribution.contributor)]
        contribution.book_id = contribution.book.pk
    Contribution.objects.bulk_create(contributions)


def _identity(contributor: Contributor) -> tuple[str, str]:
    return contributor.name, contributor.sort_name


def _file_under(subjects: Mapping[str, Subject], entries: list[Entry]) -> None:
    shelved = Book.subjects.through
    shelved._default_manager.bulk_create(
        shelved(book_id=entry.book.pk, subject_id=subjects[slug].pk)
        for entry in entries
        for slug in entry.subjects
    )
