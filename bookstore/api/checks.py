"""`manage.py check --deploy`: how tokens are signed in production."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

DERIVED_KEY = "api.W001"
WEAK_KEY = "api.W002"
SHORTEST = 32
"""Characters; HS256 asks for 256 bits (RFC 7518, 3.2)."""


@register(Tags.security, deploy=True)
def signing_key(**kwargs: Any) -> list[CheckMessage]:
    hint = "python -c 'import secrets; print(secrets.token_urlsafe(48))' makes a good one."
    if not settings.JWT_SIGNING_KEY:
        message = "JWT_SIGNING_KEY is not set: tokens of the REST API are signed with a key derived from SECRET_KEY."
        return [Warning(message, hint=hint, id=DERIVED_KEY)]
    if settings.JWT_SIGNING_KEY == settings.SECRET_KEY or len(settings.JWT_SIGNING_KEY) < SHORTEST:
        message = f"JWT_SIGNING_KEY is SECRET_KEY, or shorter than {SHORTEST} characters."
        return [Warning(message, hint=hint, id=WEAK_KEY)]
    return []
