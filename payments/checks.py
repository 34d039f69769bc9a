"""`manage.py check`: settings that would put money at risk."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SANDBOX_IN_PRODUCTION = "payments.E001"
MISSING = "payments.E002"
MIXED_KEYS = "payments.E003"


@register(Tags.security)
def stripe_settings(**kwargs: Any) -> list[CheckMessage]:
    return [*_no_sandbox_in_production(), *_nothing_missing(), *_keys_of_one_mode()]


def _no_sandbox_in_production() -> list[CheckMessage]:
    looks_local = settings.STRIPE_SANDBOX or settings.STRIPE_API_BASE.rstrip("/") != "https://api.stripe.com"
    if settings.DEBUG or not looks_local:
        return []
    return [
        Error(
            "The Stripe sandbox is on while DEBUG is off: orders would be confirmed without money.",
            hint="Set STRIPE_SANDBOX=false and real keys, or DEBUG=true for a demo.",
            id=SANDBOX_IN_PRODUCTION,
        )
    ]


def _nothing_missing() -> list[CheckMessage]:
    needed = {
        "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": settings.STRIPE_PUBLISHABLE_KEY,
        "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRETS,
    }
    hint = "See .env.example and docs/stripe.md."
    return [
        Error(f"{name} is not set.", hint=hint, id=MISSING) for name, value in needed.items() if not value
    ]


def _keys_of_one_mode() -> list[CheckMessage]:
    if settings.STRIPE_PUBLISHABLE_KEY.startswith("pk_live_") == settings.STRIPE_LIVE_MODE:
        return []
    return [
        Error(
            "One Stripe key is for live mode, the other for test mode.",
            hint="Take STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY from the same page of the dashboard.",
            id=MIXED_KEYS,
        )
    ]
