"""`manage.py check`, and with `--deploy --database default`: who can get into the admin."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from . import second_factor
from .demo import ADMIN_EMAIL, ADMIN_PASSWORD
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
    if settings.DEBUG or not any(_lets_the_demo_admin_in(alias) for alias in databases or ()):
        return []
    return [
        Error(
            f"{ADMIN_EMAIL} is an admin with the demo's password, which everybody knows.",
            hint=f"python manage.py changepassword {ADMIN_EMAIL}, or delete the account.",
            id=DEMO_ADMIN,
        )
    ]


def _lets_the_demo_admin_in(alias: str) -> bool:
    if User._meta.db_table not in connections[alias].introspection.table_names():
        return False  # not migrated yet
    admins = User.objects.using(alias).filter(email__iexact=ADMIN_EMAIL, is_superuser=True, is_active=True)
    return any(check_password(ADMIN_PASSWORD, admin.password) for admin in admins)
