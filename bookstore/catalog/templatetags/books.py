"""Facts of books as people read them."""

from functools import lru_cache

from babel.core import Locale, UnknownLocaleError
from django import template
from stdnum import isbn as numbers

register = template.Library()


@register.filter
def isbn(isbn13: str) -> str:
    """`9780141439518` as `978-0-14-143951-8`."""
    return numbers.format(isbn13)


@register.filter
def year(number: int) -> str:
    """Of the common era, or before it: `-800` is `800 BCE`."""
    return str(number) if number > 0 else f"{-number} BCE"


@register.filter
@lru_cache(maxsize=256)
def language(code: str) -> str:
    """`fr` as `French`; the code itself when nobody knows it."""
    try:
        return Locale.parse(code, sep="-").get_language_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code
