"""How much needs attention, for the admin's front page."""

from typing import Any

from django import template
from django.db.models import Count, Min

from payments.models import Attention

register = template.Library()


@register.simple_tag(takes_context=True)
def open_cases(context: dict[str, Any]) -> dict[str, Any] | None:
    """`number` of the open cases and since when the `oldest` is open; None for who may not see them. One query."""
    if not context["user"].has_perm("payments.view_attention"):
        return None
    return Attention.objects.open().aggregate(number=Count("pk"), oldest=Min("opened_at"))
