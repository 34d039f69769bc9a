"""`manage.py check`: settings that would put money at risk."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SANDBOX_IN_PRODUCTION = "payments.E001"
MISSING = "payments.E002"
MIXED_KEYS = "payments.E003"
KNOWN_TO_ALL = "payments.E004"

PUBLISHED = "sandbox0000"
"""Part of each of the sandbox's keys and secrets, which stand in .env.example for everybody to read."""


@register(Tags.security)
def stripe_settings(**kwargs: Any) -> list[CheckMessage]:
    return [*_no_sandbox_in_production(), *_nothing_missing(), *_keys_of_one_mode(), *_nothing_published()]


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


def _nothing_published() -> list[CheckMessage]:
    """With a secret that everybody can read, anybody signs webhooks that say an order was paid."""
    if settings.STRIPE_SANDBOX:
        return []
    values = {
        "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
        "STRIPE_PUBLISHABLE_KEY": settings.STRIPE_PUBLISHABLE_KEY,
        "STRIPE_WEBHOOK_SECRET": ",".join(settings.STRIPE_WEBHOOK_SECRETS),
    }
    hint = "Take your own from Stripe's dashboard, see docs/stripe.md."
    return [
        Error(f"{name} is the sandbox's, which everybody knows.", hint=hint, id=KNOWN_TO_ALL)
        for name, value in values.items()
        if PUBLISHED in value
    ]
