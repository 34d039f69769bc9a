"""How often an address may send the webhook what Stripe did not sign. What is signed never comes here."""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

MINUTE = 60


def is_shut(request: HttpRequest) -> bool:
    """Count one more refused request; whether there were too many of them from this address within a minute."""
    key = f"payments.refused.{address_of(request)}"
    cache.add(key, 0, MINUTE)
    try:
        return cache.incr(key) > settings.WEBHOOK_REFUSALS_PER_MINUTE
    except ValueError:  # the minute was over in between
        return False


def address_of(request: HttpRequest) -> str:
    """The connection's, or what the outermost of our own proxies saw. What else the header says, anybody may write."""
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    if proxies and len(forwarded) >= proxies and forwarded[-proxies].strip():
        return forwarded[-proxies].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
