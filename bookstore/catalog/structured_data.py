"""What search engines read of a book: schema.org, as JSON-LD."""

import json
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from .models import Book

ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
FORMATS = {Book.Format.PAPERBACK: "Paperback", Book.Format.HARDBACK: "Hardcover"}
ROLES = ("author", "translator", "editor", "illustrator")


def json_ld(book: Book) -> SafeString:
    """For a `<script type="application/ld+json">`: nothing in it can end the script."""
    text = json.dumps(described(book), ensure_ascii=False)
    return mark_safe(text.translate(ESCAPES))  # noqa: S308 - escaped by the line itself


def canonical_url(book: Book) -> str:
    return settings.SITE_URL + book.get_absolute_url()


def described(book: Book) -> dict[str, Any]:
    facts = {
        "@context": "https://schema.org",
        "@type": "Book",
        "name": book.title,
        "alternativeHeadline": book.subtitle,
        **{role: _people(book, role) for role in ROLES},
        "isbn": book.isbn13,
        "bookFormat": f"https://schema.org/{FORMATS[Book.Format(book.format)]}",
        "numberOfPages": book.pages,
        "inLanguage": book.language,
        "publisher": {"@type": "Organization", "name": book.publisher} if book.publisher else None,
        "datePublished": book.published_on.isoformat() if book.published_on else None,
        "description": book.description,
        "image": urljoin(settings.SITE_URL, book.cover_url),
        "url": canonical_url(book),
        "offers": _offer(book),
    }
    return {name: value for name, value in facts.items() if value}


def _people(book: Book, role: str) -> list[dict[str, str]]:
    return [{"@type": "Person", "name": credit["name"]} for credit in book.credits if credit["role"] == role]


def _offer(book: Book) -> dict[str, str]:
    return {
        "@type": "Offer",
        "price": str(book.price),
        "priceCurrency": settings.SHOP_CURRENCY.upper(),
        "availability": f"https://schema.org/{'InStock' if book.stock else 'SoldOut'}",
        "url": canonical_url(book),
    }
