"""Pages for browsing. They are the visitor's own (each shows a cart), so no shared cache may keep them."""

from typing import TypeVar

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from . import covers, shelves
from .listing import Listing
from .models import Book
from .structured_data import canonical_url, json_ld

DAY = 24 * 60 * 60
FOR_EVER = "public, max-age=31536000, immutable"
Answer = TypeVar("Answer", bound=HttpResponseBase)
own_page = cache_control(private=True, no_cache=True)


@require_safe
@conditional_page
@own_page
def home(request: HttpRequest) -> HttpResponse:
    picks, arrivals = shelves.window()
    context = {"picks": picks, "arrivals": arrivals, "subjects": shelves.subjects_in_the_shop()}
    return render(request, "catalog/home.html", context)


@require_safe
@conditional_page
@own_page
def book_list(request: HttpRequest) -> HttpResponse:
    subjects = shelves.subjects_in_the_shop()
    listing = Listing.read(request.GET, subjects)
    try:
        page = shelves.listed(listing)
    except shelves.NoSuchPage as beyond:
        return redirect(listing.on_page(beyond.last))
    if listing.isbn13 and page.object_list:
        return redirect(page.object_list[0])
    context = {"listing": listing, "page": page, "subjects": subjects}
    context |= listing.options(subjects) | listing.page_links(page)
    return render(request, "catalog/book_list.html", context)


@require_safe
@own_page
def book_detail(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        book, similar = shelves.with_similar(slug)
    except Book.DoesNotExist as missing:
        raise Http404("No such book.") from missing
    context = {
        "book": book,
        "similar": similar,
        "canonical_url": canonical_url(book),
        "json_ld": json_ld(book),
    }
    return render(request, "catalog/book_detail.html", context)


@require_safe
def cover(request: HttpRequest, isbn13: str) -> HttpResponse:
    """A drawing. Its address carries a version, so what was fetched once is good for ever.

    Without a version it is the address of whatever cover the book has, an uploaded one included.
    """
    version, svg = cache.get(f"catalog.cover.{isbn13}") or ("", "")
    if version != request.GET.get("v") or not svg:
        book = _book_of(isbn13)
        if book.cover_small and "v" not in request.GET:
            return _for_a_minute(redirect(book.small_cover_url))
        version, svg = _drawn(book)
    response = HttpResponse(svg, content_type="image/svg+xml")
    is_current = request.GET.get("v") == version
    response["Cache-Control"] = FOR_EVER if is_current else "public, max-age=3600"
    return _only_to_look_at(response)


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """An uploaded cover. Its name is made from its content, so it never changes.

    A web server in front, or another storage, may answer in our place (docs/stripe.md, MEDIA_ROOT).
    """
    try:
        file = default_storage.open(f"covers/{name}")
    except FileNotFoundError as missing:
        raise Http404("No such picture.") from missing
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = FOR_EVER
    return _only_to_look_at(response)


def _only_to_look_at(response: Answer) -> Answer:
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _for_a_minute(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=60"
    return response


def _book_of(isbn13: str) -> Book:
    book = Book.objects.as_cards().filter(isbn13=isbn13).first()
    if book is None:
        raise Http404("No such book.")
    return book


def _drawn(book: Book) -> tuple[str, str]:
    drawn = book.cover_version, covers.draw(book.isbn13, book.title, book.byline)
    cache.set(f"catalog.cover.{book.isbn13}", drawn, DAY)
    return drawn
