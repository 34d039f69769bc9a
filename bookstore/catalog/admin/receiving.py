"""A delivery is unpacked: each scan of an ISBN counts one copy, until all are booked at once.

The list travels with the page, not in the session: a page that is sent again answers the same, two deliveries can be
unpacked in two windows, and Back takes the last scan back.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from bookstore.catalog.isbn import isbn13_of, validate_isbn13
from bookstore.catalog.models import Book

from .pages import BookPages, require

COPIES = "copies_"
MOST_BOOKS = 400
MOST_COPIES = 9_999


class DeliveryForm(forms.Form):
    """`copies_<isbn>` for each book, the one scanned last on top."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    isbn = forms.CharField(
        label="ISBN",
        required=False,
        help_text="Scan a book, or type its ISBN and press Enter. Each time counts one copy.",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "spellcheck": "false"}),
    )
    note = forms.CharField(
        label="Supplier’s note",
        max_length=200,
        required=False,
        help_text="For instance the number of the delivery note. It stays with the movements.",
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"key": uuid4()}, label_suffix="")
        isbns = [name.removeprefix(COPIES) for name in data or () if name.startswith(COPIES)]
        found = {book.isbn13: book for book in Book.objects.as_cards().filter(isbn13__in=isbns)}
        self.books = [found[isbn13] for isbn13 in isbns if isbn13 in found]
        for book in self.books:
            self.fields[COPIES + book.isbn13] = _copies(book)

    @property
    def rows(self) -> list[tuple[Book, forms.BoundField]]:
        return [(book, self[COPIES + book.isbn13]) for book in self.books]

    @property
    def copies_together(self) -> int:
        return sum(self.copies().values())

    def copies(self) -> dict[int, int]:
        """By primary key of the book; wrong numbers are left out."""
        counted = {book.pk: self.cleaned_data.get(COPIES + book.isbn13) for book in self.books}
        return {pk: n for pk, n in counted.items() if n}


def _copies(book: Book) -> forms.IntegerField:
    return forms.IntegerField(
        label=f"Copies of {book.title}",
        min_value=1,
        max_value=MOST_COPIES,
        error_messages={"required": "How many came?", "min_value": "At least one, or remove the book."},
        widget=forms.NumberInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class Scan:
    """What one scan does to the page that it was sent with. `data` is the page afterwards."""

    def __init__(self, sent: QueryDict) -> None:
        self.text = sent.get("isbn", "").strip()
        self.data = sent.copy()
        self.data["isbn"] = ""  # the next scan types into an empty field
        self.trouble = ""
        self.added: Book | None = None
        self.unknown: str | None = None
        if self.text:
            self._look_up()

    def _look_up(self) -> None:
        isbn13 = isbn13_of(self.text)
        if isbn13 is None:
            self.trouble = f"“{self.text[:40]}” was not added. {_what_is_wrong(self.text)}"
            return
        self.added = Book.objects.as_cards().filter(isbn13=isbn13).first()
        if self.added is None:
            self.unknown = isbn13
            self.trouble = f"{isbn13} was not added: the shop has no book with this ISBN."
        else:
            self._count(COPIES + isbn13)

    def _count(self, name: str) -> None:
        others = {key: self.data.getlist(key) for key in self.data if key != name}
        if name not in self.data and sum(key.startswith(COPIES) for key in others) >= MOST_BOOKS:
            self.added, self.trouble = None, f"Book these {MOST_BOOKS} books first, then go on with the rest."
            return
        before = self.data.get(name, "0").strip() or "0"
        on_top = QueryDict(mutable=True)
        on_top[name] = str(int(before) + 1) if before.isdecimal() else before
        for key, values in others.items():
            on_top.setlist(key, values)
        self.data = on_top


def _what_is_wrong(text: str) -> str:
    try:
        validate_isbn13(text)
    except ValidationError as wrong:
        return " ".join(wrong.messages)
    return ""


class ReceivingPages(BookPages):
    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "HEAD", "POST"])(self.receive_view)
        own = path("receive/", self.admin_site.admin_view(view), name="catalog_book_receive")
        return [own, *super().get_urls()]

    def receive_view(self, request: HttpRequest) -> HttpResponse:
        require(request, "catalog.receive_stock")
        if request.method != "POST":
            return self._show_delivery(request, DeliveryForm())
        if "book" in request.POST:
            return self._book(request)
        if isbn13 := request.POST.get("remove"):
            return self._remove(request, isbn13)
        return self._scan(request)

    def _scan(self, request: HttpRequest) -> HttpResponse:
        scan = Scan(request.POST)
        form = DeliveryForm(scan.data)
        form.full_clean()
        if scan.trouble:
            form.add_error("isbn", scan.trouble)
        copies = form.data.get(COPIES + scan.added.isbn13) if scan.added else None
        return self._show_delivery(request, form, added=scan.added, copies_added=copies, unknown=scan.unknown)

    def _remove(self, request: HttpRequest, isbn13: str) -> HttpResponse:
        left = request.POST.copy()
        left.pop(COPIES + isbn13, None)
        form = DeliveryForm(left)
        form.full_clean()
        return self._show_delivery(request, form, removed=isbn13)

    def _book(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("isbn", "").strip():  # typed, but not counted yet
            return self._scan(request)
        form = DeliveryForm(request.POST)
        if not form.is_valid() or not form.books:
            if not form.books:
                form.add_error("isbn", "There is nothing to book yet: scan the first book.")
            return self._show_delivery(request, form)
        copies, sent = form.copies(), form.cleaned_data
        actor = request.user if request.user.is_authenticated else None
        if Book.objects.enter_delivery(copies, actor, key=sent["key"], note=sent["note"]):
            messages.success(request, f"Booked: {_in_words(copies)}. They are for sale now.")
        else:
            messages.info(request, "This delivery was booked before, and is booked once.")
        return HttpResponseRedirect(reverse("admin:catalog_book_receive"))

    def _show_delivery(self, request: HttpRequest, form: DeliveryForm, **news: Any) -> HttpResponse:
        together = form.copies_together if form.is_bound else 0
        return self.page(request, "receive.html", "Receive a delivery", form=form, together=together, **news)


def _in_words(copies: Mapping[int, int]) -> str:
    together, books = sum(copies.values()), len(copies)
    return (
        f"{together} {'copy' if together == 1 else 'copies'} of {books} {'book' if books == 1 else 'books'}"
    )
