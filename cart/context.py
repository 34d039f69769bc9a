from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .session import copies_in_cart


def cart_summary(request: HttpRequest) -> dict[str, object]:
    """`cart_copies`: the number beside the cart in the page's head; counted only where a page shows it."""
    return {"cart_copies": SimpleLazyObject(lambda: copies_in_cart(request))}
