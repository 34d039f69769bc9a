"""The cart's page and what can be done on it."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bookstore.catalog.models import Book

from .forms import AddForm, QuantityForm, UndoForm
from .models import Cart, CartLine, NotAvailable
from .session import cart_of, cart_to_fill


@never_cache
@require_safe
def detail(request: HttpRequest) -> HttpResponse:
    cart = cart_of(request)
    context = {"cart": cart, "cart_copies": cart.copies if cart else 0, "undo": _undo(request, cart)}
    return render(request, "cart/detail.html", context)


@require_POST
def add(request: HttpRequest, book_id: int) -> HttpResponse:
    book = get_object_or_404(Book.objects.for_sale(), pk=book_id)
    form = AddForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"“{book.title}”: {form.errors['quantity'][0]}")
        return redirect(book)
    try:
        cart_to_fill(request).add(book, form.cleaned_data["quantity"])
    except NotAvailable as shortage:
        messages.error(request, shortage.message)
        return redirect(book)
    messages.success(request, f"“{book.title}” is in your cart.")
    return redirect("cart:detail")


@require_POST
def change(request: HttpRequest, book_id: int) -> HttpResponse:
    book = get_object_or_404(Book, pk=book_id)
    form = QuantityForm(request.POST)
    if form.is_valid():
        return _change(request, book, form.cleaned_data["quantity"])
    messages.error(request, f"“{book.title}”: {form.errors['quantity'][0]}")
    return redirect("cart:detail")


@require_POST
def remove(request: HttpRequest, book_id: int) -> HttpResponse:
    return _change(request, get_object_or_404(Book, pk=book_id), 0)


def _change(request: HttpRequest, book: Book, quantity: int) -> HttpResponse:
    line = CartLine.objects.filter(cart=cart_of(request), book=book).select_related("cart").first()
    if line is None:
        messages.info(request, f"“{book.title}” is no longer in your cart.")
        return redirect("cart:detail")
    try:
        line.cart.change(book, quantity)
    except NotAvailable as shortage:
        messages.error(request, shortage.message)
        return redirect("cart:detail")
    if quantity == 0:
        return _removed(book, line.quantity)
    messages.success(request, f"Your cart holds {_copies(quantity)} of “{book.title}”.")
    return redirect("cart:detail")


def _removed(book: Book, copies: int) -> HttpResponse:
    """Back to the cart, which offers to undo what the address names."""
    return redirect(f"{reverse('cart:detail')}?{urlencode({'removed': book.pk, 'copies': copies})}")


def _undo(request: HttpRequest, cart: Cart | None) -> dict[str, object] | None:
    """The book that was just removed and how many copies of it; None when it is back."""
    form = UndoForm(request.GET)
    if "removed" not in request.GET or not form.is_valid():
        return None
    book = Book.objects.filter(pk=form.cleaned_data["removed"]).first()
    if book is None or (cart and cart.holds(book)):
        return None
    return {"book": book, "copies": form.cleaned_data["copies"]}


def _copies(quantity: int) -> str:
    return "1 copy" if quantity == 1 else f"{quantity} copies"
