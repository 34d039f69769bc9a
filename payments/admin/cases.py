"""Open cases beside the payments and orders that they are about."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from ..models import Attention, Payment


def with_open_cases(prefix: str = "") -> Prefetch:
    """For a queryset whose rows are shown by `open_cases`; `prefix` leads from its model to the payment."""
    return Prefetch(f"{prefix}attentions", Attention.objects.open(), to_attr="open_attentions")


def open_cases(payment: Payment | None) -> str:
    """What a person has to look at, case by case, each with a link into the queue."""
    cases: list[Attention] = getattr(payment, "open_attentions", [])
    links = ((reverse("admin:payments_attention_change", args=[case.pk]), _in_words(case)) for case in cases)
    return format_html_join(mark_safe("<br>"), '<a href="{}">{}</a>', links) or "–"


def _in_words(case: Attention) -> str:
    return f"{case.get_reason_display()}: {case.detail}"


class NeedsAttention(admin.SimpleListFilter):
    """Rows with an open case, and rows without one; `to_payment` leads from their model to the payment."""

    title = "needs attention"
    parameter_name = "attention"
    to_payment = "pk"

    def lookups(self, *args: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        cases = Attention.objects.open().exclude(payment=None).values("payment")
        with_case = Q(**{f"{self.to_payment}__in": cases})
        match self.value():
            case "yes":
                return queryset.filter(with_case)
            case "no":
                return queryset.exclude(with_case)
        return queryset
