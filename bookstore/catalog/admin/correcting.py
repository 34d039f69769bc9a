"""The stock is not what was thought: somebody says by how much, or how many copies were counted, and why."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from bookstore.catalog.models import Book, OutOfStock, StockEntry, StockHasMoved

from .pages import BookPages, require

MOST = 99_999


class CorrectionForm(forms.Form):
    """`thought` is the stock that the page showed when it was opened: what a count is compared with."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    thought = forms.IntegerField(widget=forms.HiddenInput)
    counted = forms.IntegerField(
        label="Copies counted",
        min_value=0,
        max_value=MOST,
        required=False,
        help_text="Those for sale. Leave out copies that are put aside for orders.",
    )
    difference = forms.IntegerField(
        label="Or: difference",
        min_value=-MOST,
        max_value=MOST,
        required=False,
        help_text="How many more than thought, or fewer: -2 if two are missing.",
    )
    reason = forms.CharField(max_length=200, help_text="For instance: torn, stolen, found behind the shelf.")

    def __init__(self, book: Book, data: Any = None) -> None:
        initial = {"key": uuid4(), "thought": book.stock}
        super().__init__(data, initial=initial, label_suffix="")
        self.book = book

    def clean(self) -> dict[str, Any]:
        sent = self.cleaned_data
        if self.errors.keys() & {"counted", "difference"}:
            return sent
        if (sent.get("counted") is None) == (sent.get("difference") is None):
            self.add_error("counted", "Give either the copies counted or the difference.")
        elif sent.get("difference") == 0:
            self.add_error("difference", "A difference of 0 changes nothing.")
        return sent

    def enter(self, actor: AbstractBaseUser | None) -> bool:
        """False: entered before. Raises OutOfStock or StockHasMoved."""
        sent = self.cleaned_data
        words = {"key": sent["key"], "note": sent["reason"]}
        if sent["counted"] is None:
            return Book.objects.enter_correction(self.book, sent["difference"], actor, **words)
        return Book.objects.enter_count(self.book, sent["counted"], actor, thought=sent["thought"], **words)


class CorrectingPages(BookPages):
    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "HEAD", "POST"])(self.correct_view)
        address = "<path:object_id>/correct-stock/"
        own = path(address, self.admin_site.admin_view(view), name="catalog_book_correct_stock")
        return [own, *super().get_urls()]

    def correct_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        require(request, "catalog.view_book", "catalog.correct_stock")
        book = self.get_object(request, unquote(object_id))
        if book is None:
            messages.warning(request, "There is no such book.")
            return HttpResponseRedirect(reverse("admin:catalog_book_changelist"))
        if request.method != "POST":
            return self._show_correction(request, CorrectionForm(book))
        form = CorrectionForm(book, request.POST)
        is_valid, key = form.is_valid(), form.cleaned_data.get("key")
        if key and StockEntry.objects.filter(key=key).exists():
            return self._entered(request, book, is_new=False)
        if not is_valid:
            return self._show_correction(request, form)
        return self._correct(request, form)

    def _correct(self, request: HttpRequest, form: CorrectionForm) -> HttpResponse:
        actor = request.user if request.user.is_authenticated else None
        try:
            is_new = form.enter(actor)
        except OutOfStock as refusal:
            left = refusal.available[form.book.pk]
            form.add_error(
                "difference",
                f"Only {left} {'is' if left == 1 else 'are'} for sale; others are held for orders.",
            )
        except StockHasMoved as moved:
            form = _with_stock_of_now(form, moved)
        else:
            return self._entered(request, form.book, is_new=is_new)
        return self._show_correction(request, form)

    def _entered(self, request: HttpRequest, book: Book, *, is_new: bool) -> HttpResponse:
        if is_new:
            messages.success(request, f"The stock of “{book}” is {book.stock} now.")
        else:
            messages.info(request, "This correction was entered before, and is entered once.")
        return HttpResponseRedirect(reverse("admin:catalog_book_change", args=[book.pk]))

    def _show_correction(self, request: HttpRequest, form: CorrectionForm) -> HttpResponse:
        title = f"Correct the stock: {form.book}"
        return self.page(request, "correct_stock.html", title, form=form, book=form.book)


def _with_stock_of_now(sent: CorrectionForm, moved: StockHasMoved) -> CorrectionForm:
    """As it was sent, to be compared with the stock as it is now."""
    data = dict(sent.data.items()) | {"thought": str(moved.now)}
    sent.book.stock = moved.now
    form = CorrectionForm(sent.book, data)
    form.add_error(
        "counted",
        f"Copies were sold or came since this page was opened: {moved.now} should be for sale now. "
        "Please look again, then send what you count.",
    )
    return form
