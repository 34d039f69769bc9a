"""Facts of books as people read them."""

from babel.core import Locale
from django import template
from stdnum import isbn as numbers

from bookstore.catalog.models import Contribution

register = template.Library()
ENGLISH = Locale("en")
DEEDS = {
    Contribution.Role.TRANSLATOR: "translated by",
    Contribution.Role.EDITOR: "edited by",
    Contribution.Role.ILLUSTRATOR: "illustrated by",
}


@register.filter
def isbn(isbn13: str) -> str:
    """`9780141439518` as `978-0-14-143951-8`."""
    return numbers.format(isbn13)


@register.filter
def did(role: str) -> str:
    """What stands before a contributor's name; nothing before an author's."""
    return DEEDS.get(Contribution.Role(role), "")


@register.filter
def year(number: int) -> str:
    """Of the common era, or before it: `-800` is `800 BCE`."""
    return str(number) if number > 0 else f"{-number} BCE"


@register.filter
def language(code: str) -> str:
    """`fr` as `French`; the code itself when nobody knows it."""
    return ENGLISH.languages.get(code, code)
