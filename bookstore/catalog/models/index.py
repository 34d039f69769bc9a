"""What pages and search need of a book in one row, so that a list costs one query whatever it shows."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When, prefetch_related_objects

from ..words import folded, shelf_order

if TYPE_CHECKING:
    from .book import Book

SORT_KEY_LENGTH = 250
LONGEST_SEARCH = 200
MOST_WORDS = 12


class BookIndex(QuerySet["Book"]):
    def search(self, text: str) -> Self:
        """Books in which every word of the text occurs.

        `distance` from the title: 0 for the title itself, 1 for its beginning, 2 for words of it, 3 for others.
        """
        words = shelf_order(text[:LONGEST_SEARCH]).split()[:MOST_WORDS]
        if not words:
            return self.none().annotate(distance=Value(0))
        title = " ".join(words)
        distance = Case(
            When(sort_title=title, then=Value(0)),
            When(sort_title__startswith=title, then=Value(1)),
            When(_every(words, "sort_title__contains"), then=Value(2)),
            default=Value(3),
            output_field=IntegerField(),
        )
        return self.filter(_every(words, "search_text__contains")).annotate(distance=distance)

    def reindex(self, books: Iterable["Book"] | None = None) -> None:
        """Bring what pages and search read up to date with contributors and subjects; of all books by default.

        Whoever changes those of a book, or writes books without `Book.save`, calls this in the same transaction.
        """
        books = list(self.all() if books is None else books)
        for book in books:
            book.__dict__.pop("_prefetched_objects_cache", None)  # from before the change
        prefetch_related_objects(books, "contributions__contributor", "subjects")
        for book in books:
            _read_contributors_and_subjects(book)
            index_own_words(book)
        fields = ["credits", "subject_list", "sort_author", "sort_title", "search_text"]
        every_book: QuerySet[Book] = QuerySet(self.model)  # this one may no longer hold them after the change
        with transaction.atomic():
            in_order = every_book.select_for_update(no_key=True).order_by("pk")  # as orders lock them
            list(in_order.filter(pk__in=[book.pk for book in books]).values_list("pk"))
            every_book.bulk_update(books, fields, batch_size=200)


def index_own_words(book: "Book") -> None:
    """What follows from the book's own row; needs no query."""
    names = [credit["name"] for credit in book.credits]
    book.sort_title = shelf_order(book.title)[:SORT_KEY_LENGTH]
    book.search_text = folded(" ".join([book.title, book.subtitle, *names, book.isbn13, book.publisher]))


def _read_contributors_and_subjects(book: "Book") -> None:
    contributions = list(book.contributions.all())
    first = contributions[0].contributor.sort_name if contributions else shelf_order(book.title)
    book.credits = [{"name": c.contributor.name, "role": c.role} for c in contributions]
    book.subject_list = [{"name": subject.name, "slug": subject.slug} for subject in book.subjects.all()]
    book.sort_author = folded(first)[:SORT_KEY_LENGTH]


def _every(words: Iterable[str], lookup: str) -> Q:
    return Q(*((lookup, word) for word in words))
