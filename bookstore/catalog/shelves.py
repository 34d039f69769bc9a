"""What the pages take from the database: one statement for each page, and one that is cached for a minute."""

from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, Subquery, Value

from .listing import Listing, Shelf
from .models import Book, Subject

MINUTE = 60
ON_A_PAGE = 24
ON_A_SHELF = 6


class NoSuchPage(Exception):
    """The list ends before. `last` is the number of its last page."""

    def __init__(self, last: int) -> None:
        super().__init__(f"There are {last} pages.")
        self.last = last


def subjects_in_the_shop() -> list[Shelf]:
    """Subjects with books, as they were at most a minute ago."""
    return cache.get_or_set("catalog.subjects", _subjects, MINUTE) or []


def _subjects() -> list[Shelf]:
    counted = Subject.objects.annotate(book_count=Count("books", filter=Q(books__active=True)))
    with_books = counted.filter(book_count__gt=0).order_by("name")
    return [Shelf(*subject) for subject in with_books.values_list("name", "slug", "book_count")]


def listed(listing: Listing) -> Page[Book]:
    """The page asked for. Raises NoSuchPage behind the last one.

    The total comes with the books, in the same statement, and is remembered for a minute.
    """
    key = f"catalog.total.{sha256(listing.key.encode()).hexdigest()}"
    books, total = listing.books(), cache.get(key)
    cards = books.as_cards()
    if total is None:
        cards = cards.annotate(total=_count(books))
    before = (listing.page - 1) * ON_A_PAGE
    rows: list[Any] = list(cards[before : before + ON_A_PAGE])
    if not rows and listing.page > 1:
        raise NoSuchPage(last=_pages(books.count()).num_pages)
    if total is None:
        total = rows[0].total if rows else 0
        cache.set(key, total, MINUTE)
    pages = _pages(max(total, before + len(rows)) if rows else 0)
    return Page(rows, listing.page, pages)


def window() -> tuple[list[Book], list[Book]]:
    """For the home page: what the staff recommend, and what is new."""
    books = Book.objects.for_sale()
    newest = books.order_by("-added_at", "-pk")
    picks = _cards_of(newest.filter(staff_pick=True)[:ON_A_SHELF], shelf="picks")
    arrivals = _cards_of(newest[:ON_A_SHELF], shelf="arrivals")
    both = list(picks.union(arrivals, all=True).order_by("-added_at", "-pk"))
    return [book for book in both if book.shelf == "picks"], [
        book for book in both if book.shelf == "arrivals"
    ]


def with_similar(slug: str) -> tuple[Book, list[Book]]:
    """The book of this address, and others that share most subjects with it. Raises Book.DoesNotExist.

    Which others is remembered for ten minutes: to compare takes longer the more books a subject has.
    """
    books, key = Book.objects.for_sale().order_by(), f"catalog.similar.{slug}"
    closest = cache.get(key)
    others = books.filter(pk__in=_closest(slug) if closest is None else closest)
    both = list(books.filter(slug=slug).union(others, all=True))
    book = next((book for book in both if book.slug == slug), None)
    if book is None:
        raise Book.DoesNotExist
    similar = sorted((other for other in both if other is not book), key=lambda other: other.sort_title)
    if closest is None:
        cache.set(key, [other.pk for other in similar], 10 * MINUTE)
    return book, similar


def _closest(slug: str) -> QuerySet[Any, Any]:
    """Primary keys of the books that share most subjects."""
    others = Book.objects.for_sale().filter(subjects__books__slug=slug).exclude(slug=slug)
    ranked = others.annotate(shared=Count("pk")).order_by("-shared", "-staff_pick", "sort_title", "pk")
    return ranked.values("pk")[:ON_A_SHELF]


def _cards_of(chosen: QuerySet[Book], shelf: str) -> QuerySet[Any]:
    cards = Book.objects.filter(pk__in=chosen.values("pk")).as_cards().order_by()
    return cards.annotate(shelf=Value(shelf))


def _count(books: QuerySet[Book]) -> Subquery:
    """Not an aggregate to Django, so that it groups nothing."""
    counted = books.order_by().annotate(n=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return Subquery(counted.values("n"))


def _pages(total: int) -> Paginator[Book]:
    pages: Paginator[Book] = Paginator((), ON_A_PAGE)
    pages.count = total
    return pages
