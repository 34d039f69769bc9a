"""`manage.py check`: the address that shoppers find in their mails. Web servers check nothing: we do it for them."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured

NOT_PUBLIC = "bookstore.E001"
HERE = ("localhost", "127.0.0.1", "::1")


@register(Tags.security)
def site_url(**kwargs: Any) -> list[CheckMessage]:
    """Links in mails begin with it, and those of a guest's order are as good as a password."""
    address = urlsplit(settings.SITE_URL)
    if settings.DEBUG or (address.scheme == "https" and address.hostname not in (None, "", *HERE)):
        return []
    return [
        Error(
            f"SITE_URL is {settings.SITE_URL} while DEBUG is off: links in mails would lead nowhere, or go in clear.",
            hint="Set SITE_URL to the shop's address as shoppers see it, like https://shop.example.",
            id=NOT_PUBLIC,
        )
    ]


def refuse_unsafe_settings() -> None:
    """Raise ImproperlyConfigured when a security check finds an error, such as the Stripe sandbox in production."""
    found = [
        check for check in run_checks(tags=[Tags.security]) if check.is_serious() and not check.is_silenced()
    ]
    if found:
        raise ImproperlyConfigured("The shop does not start like this:\n" + "\n".join(map(str, found)))
