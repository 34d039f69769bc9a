"""The cart's page and what can be done on it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bookstore.catalog.models import Book

from .forms import AddForm, QuantityForm
from .models import NotAvailable
from .session import cart_of, cart_to_fill


@never_cache
@require_safe
def detail(request: HttpRequest) -> HttpResponse:
    return render(request, "cart/detail.html", {"cart": cart_of(request)})


@require_POST
def add(request: HttpRequest, book_id: int) -> HttpResponse:
    book = get_object_or_404(Book.objects.for_sale(), pk=book_id)
    form = AddForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["quantity"][0])
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
    form = QuantityForm(request.POST)
    if form.is_valid():
        _change(request, book_id, form.cleaned_data["quantity"])
    else:
        messages.error(request, form.errors["quantity"][0])
    return redirect("cart:detail")


@require_POST
def remove(request: HttpRequest, book_id: int) -> HttpResponse:
    _change(request, book_id, 0)
    return redirect("cart:detail")


def _change(request: HttpRequest, book_id: int, quantity: int) -> None:
    book = get_object_or_404(Book, pk=book_id)
    cart = cart_of(request)
    if cart is None or not cart.lines.filter(book=book).exists():
        messages.info(request, f"“{book.title}” is no longer in your cart.")
        return
    try:
        cart.change(book, quantity)
    except NotAvailable as shortage:
        messages.error(request, shortage.message)
        return
    messages.success(request, f"“{book.title}” was removed." if quantity == 0 else "Your cart is up to date.")
