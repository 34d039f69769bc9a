"""Rows that nobody writes by hand."""

import json
from typing import Any

from django.contrib.admin.utils import flatten_fieldsets
from django.utils.html import format_html

from ..stripe_objects import without_secrets


class ReadOnly:
    """For admin classes whose rows nobody writes by hand. They name what they show in `fields` or `fieldsets`."""

    def get_readonly_fields(self: Any, *args: Any) -> list[str]:
        return flatten_fieldsets(self.fieldsets or [(None, {"fields": self.fields or ()})])

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False


def pretty(data: Any) -> str:
    """JSON that people can read, without secrets."""
    return format_html("<pre>{}</pre>", json.dumps(without_secrets(data), indent=2, ensure_ascii=False))
