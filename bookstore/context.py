"""What every page knows of the shop."""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, object]:
    """The shop's name and currency, and whether a visitor is signed in, without loading the user for that."""
    return {
        "shop_name": settings.SHOP_NAME,
        "shop_currency": settings.SHOP_CURRENCY,
        "signed_in": SESSION_KEY in request.session,
    }
