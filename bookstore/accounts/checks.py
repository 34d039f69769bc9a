"""`manage.py check`, and with `--deploy --database default`: who can get into the admin."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from . import second_factor
from .demo import ADMIN_EMAIL, ADMIN_PASSWORD, STAFF
from .models import User

DEMO_ADMIN = "accounts.E001"
UNKNOWN_MODE = "accounts.E002"


@register(Tags.security)
def second_factor_mode(**kwargs: Any) -> list[CheckMessage]:
    if settings.STAFF_SECOND_FACTOR in second_factor.MODES:
        return []
    return [
        Error(
            f"STAFF_SECOND_FACTOR is {settings.STAFF_SECOND_FACTOR!r}.",
            hint=f"Set it to one of: {', '.join(second_factor.MODES)}.",
            id=UNKNOWN_MODE,
        )
    ]


@register(Tags.security, Tags.database, deploy=True)
def demo_admin(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The demo's data may have been taken along. Asks the databases that the check was told of, and no other."""
    if settings.DEBUG:
        return []
    return [
        Error(
            f"{email} is staff with the demo's password, which everybody knows.",
            hint=f"python manage.py changepassword {email}, or take away that the account may sign in.",
            id=DEMO_ADMIN,
        )
        for alias in databases or ()
        for email in _demo_staff(alias)
    ]


def _demo_staff(alias: str) -> list[str]:
    """Those who would be let in."""
    if User._meta.db_table not in connections[alias].introspection.table_names():
        return []  # not migrated yet
    people = User.objects.using(alias).filter(email__in=[ADMIN_EMAIL, *STAFF], is_staff=True, is_active=True)
    return [user.email for user in people.order_by("email") if check_password(ADMIN_PASSWORD, user.password)]
