"""Which books a shopper asked to see: read from an address, and written back into addresses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from django.core.paginator import Page
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import get_text_list

from .isbn import isbn13_of
from .models import Book, BookQuerySet
from .models.index import LONGEST_SEARCH

FURTHEST_PAGE = 100_000
RELEVANCE = "relevance"
SORTS = {
    RELEVANCE: ("Best match", ("distance", "-staff_pick", "sort_title", "pk")),
    "title": ("Title", ("sort_title", "pk")),
    "author": ("Author", ("sort_author", "sort_title", "pk")),
    "price": ("Price", ("price", "pk")),
    "newest": ("Newest", ("-added_at", "-pk")),
}


class Shelf(NamedTuple):
    """A subject that has books, and how many."""

    name: str
    slug: str
    books: int


class Option(NamedTuple):
    """A link that changes the listing."""

    name: str
    url: str
    chosen: bool = False
    books: int | None = None


@dataclass(frozen=True)
class Listing:
    q: str = ""
    subjects: tuple[str, ...] = ()
    """Slugs; books of any of them."""
    formats: tuple[str, ...] = ()
    in_stock: bool = False
    sort: str = "title"
    page: int = 1

    @classmethod
    def read(cls, query: QueryDict, known_subjects: Iterable[Shelf]) -> Self:
        """What makes no sense is left out."""
        q = query.get("q", "").replace("\0", " ").strip()[:LONGEST_SEARCH]
        sort = query.get("sort", "")
        return cls(
            q=q,
            subjects=_known(query.getlist("subject"), [subject.slug for subject in known_subjects]),
            formats=_known(query.getlist("format"), Book.Format.values),
            in_stock=query.get("in_stock") == "1",
            sort=sort if sort in _sorts(q) else _sorts(q)[0],
            page=_page_number(query.get("page", "")),
        )

    @property
    def isbn13(self) -> str | None:
        """Set if it is one book that was asked for."""
        return isbn13_of(self.q)

    @property
    def is_everything(self) -> bool:
        return self == Listing(sort=self.sort, page=self.page)

    @property
    def key(self) -> str:
        """The same for all pages and orders of the same books."""
        return replace(self, sort="title", page=1).url

    @property
    def url(self) -> str:
        query = {
            "q": self.q,
            "subject": self.subjects,
            "format": self.formats,
            "in_stock": "1" if self.in_stock else "",
            "sort": self.sort if self.sort != _sorts(self.q)[0] else "",
            "page": self.page if self.page > 1 else "",
        }
        given = urlencode({name: value for name, value in query.items() if value}, doseq=True)
        return reverse("catalog:books") + (f"?{given}" if given else "")

    def on_page(self, number: int) -> str:
        return replace(self, page=number).url

    def books(self) -> BookQuerySet:
        if isbn13 := self.isbn13:
            return Book.objects.for_sale().filter(isbn13=isbn13).order_by()
        books = Book.objects.for_sale()
        books = books.search(self.q) if self.q else books
        if self.subjects:
            has_subject = Book.subjects.through.objects.filter(subject__slug__in=self.subjects)
            books = books.filter(pk__in=has_subject.values("book"))
        if self.formats:
            books = books.filter(format__in=self.formats)
        if self.in_stock:
            books = books.filter(stock__gt=0)
        return books.order_by(*SORTS[self.sort][1])

    # -- Links that change it ----------------------------------------------------------------------------------------

    def options(self, subjects: Sequence[Shelf]) -> dict[str, object]:
        """By the names under which the page shows them."""
        return {
            "heading": self._heading(subjects),
            "applied": self.applied(subjects),
            "sort_options": self.sort_options(),
            "subject_options": self.subject_options(subjects),
            "format_options": self.format_options(),
            "stock_option": self.stock_option(),
        }

    def page_links(self, page: Page[Book]) -> dict[str, object]:
        """Numbered links; a gap between numbers has no address."""
        numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
        return {
            "page_links": [(n, self.on_page(n) if isinstance(n, int) else "") for n in numbers],
            "previous_url": self.on_page(page.number - 1) if page.number > 1 else "",
            "next_url": self.on_page(page.number + 1) if page.number < page.paginator.num_pages else "",
        }

    def sort_options(self) -> list[Option]:
        return [
            Option(SORTS[sort][0], replace(self, sort=sort, page=1).url, sort == self.sort)
            for sort in _sorts(self.q)
        ]

    def subject_options(self, subjects: Iterable[Shelf]) -> list[Option]:
        """With the number of books of each, as long as nothing else narrows the list."""
        return [
            Option(
                subject.name,
                self._with_subjects(_toggled(self.subjects, subject.slug)),
                subject.slug in self.subjects,
                subject.books if self.is_everything else None,
            )
            for subject in subjects
        ]

    def format_options(self) -> list[Option]:
        return [
            Option(label, self._with_formats(_toggled(self.formats, value)), value in self.formats)
            for value, label in Book.Format.choices
        ]

    def stock_option(self) -> Option:
        return Option("In stock only", replace(self, in_stock=not self.in_stock, page=1).url, self.in_stock)

    def applied(self, subjects: Iterable[Shelf]) -> list[Option]:
        """What narrows the list; each link takes one of them away."""
        chosen = [*self.subject_options(subjects), *self.format_options(), self.stock_option()]
        search = [Option(f"“{self.q}”", replace(self, q="", sort="title", page=1).url)] if self.q else []
        return search + [option for option in chosen if option.chosen]

    def _heading(self, subjects: Iterable[Shelf]) -> str:
        if self.q:
            return f"Search for “{self.q}”"
        return get_text_list([s.name for s in subjects if s.slug in self.subjects], "and") or "All books"

    def _with_subjects(self, subjects: tuple[str, ...]) -> str:
        return replace(self, subjects=subjects, page=1).url

    def _with_formats(self, formats: tuple[str, ...]) -> str:
        return replace(self, formats=formats, page=1).url


def _sorts(q: str) -> list[str]:
    """The orders that make sense, the usual one first."""
    return [sort for sort in SORTS if q or sort != RELEVANCE]


def _known(values: Sequence[str], known: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value in known if value in values)


def _toggled(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(v for v in values if v != value) if value in values else (*values, value)


def _page_number(text: str) -> int:
    try:
        return min(max(int(text), 1), FURTHEST_PAGE)
    except ValueError:
        return 1
