"""The queue of what no rule settles: the oldest open case first, with what to do as buttons."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince

from ..models import Attention, OrphanCharge, StripeEvent
from .attention_pages import CasePages
from .case_buttons import buttons_for, intent_of
from .links import Links, dashboard_link
from .readonly import ReadOnly


class State(admin.SimpleListFilter):
    """Open cases, unless somebody asks for others."""

    title = "state"
    parameter_name = "state"

    def lookups(self, *args: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("settled", "Settled"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        for value, title in self.lookup_choices:
            yield {
                "selected": (self.value() or "open") == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attention]) -> QuerySet[Attention]:
        match self.value():
            case "settled":
                return queryset.filter(settled_at__isnull=False)
            case "all":
                return queryset
        return queryset.filter(settled_at=None)


class CaseColumns:
    """Columns that differ between people, since not everybody may open every page or act."""

    def __init__(self, person: Any) -> None:
        self.person = person
        self.links = Links(person)

    @admin.display(description="about")
    def about(self, case: Attention) -> str:
        order = [self.links.order(case.payment)] if case.payment else []
        subject = dashboard_link(intent_of(case)) if intent_of(case) else case.subject
        return format_html_join(mark_safe("<br>"), "{}", ((words,) for words in [*order, subject]))

    @admin.display(description="what to do")
    def remedy(self, case: Attention) -> str:
        buttons = buttons_for(case, self.person)
        return render_to_string("admin/payments/attention/_remedy.html", {"case": case, "buttons": buttons})


FACTS: Any = (None, {"fields": ("reason", "detail", "subject")})
TIMES = ("opened_at", "open_for", "settled_at", "settled_by", "settlement")


@admin.register(Attention)
class AttentionAdmin(ReadOnly, CasePages, admin.ModelAdmin):
    list_display = ("reason", "detail", "open_for")
    list_filter = (State, "reason", "opened_at")
    list_per_page = 50
    search_fields = ("subject", "detail", "payment__order__number", "payment__order__email")
    search_help_text = "Order number, e-mail address, words of the detail, or an id of Stripe's"
    ordering = (F("settled_at").asc(nulls_first=True), "opened_at")
    fields: ClassVar[Any] = (*FACTS[1]["fields"], *TIMES)

    class Media:
        css = {"all": ("admin-shop/cards.css", "admin-shop/attention.css")}  # noqa: RUF012 - as Django has it

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attention]:
        return super().get_queryset(request).select_related("payment__order", "settled_by")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Needs attention"} | (extra_context or {}))

    def get_fieldsets(self, request: HttpRequest, obj: Attention | None = None) -> Any:
        """How it was settled is shown once it is."""
        is_open = obj is not None and obj.settled_at is None
        return (FACTS, ("Times", {"fields": TIMES[:2] if is_open else TIMES}))

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = CaseColumns(request.user)
        return ("reason", columns.about, "detail", "open_for", columns.remedy)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if case := kwargs.get("obj"):
            context |= {
                "case": case,
                "buttons": buttons_for(case, request.user),
                "about": _about(case, Links(request.user)),
                "others": _others(case),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="open for", ordering="opened_at")
    def open_for(self, case: Attention) -> str:
        return timesince(case.opened_at, case.settled_at or timezone.now(), depth=1)


def _about(case: Attention, links: Links) -> list[str]:
    """Everything that a case is about, each with a link for who may follow it."""
    about = [links.order(case.payment)] if case.payment else []
    if intent_of(case):
        about.append(dashboard_link(intent_of(case)))
    if orphan := OrphanCharge.objects.filter(pk=case.subject).first():
        about.append(links.orphan(orphan))
    if event := StripeEvent.objects.defer("payload").filter(pk=case.subject).first():
        about.append(links.event(event))
    return about


def _others(case: Attention) -> QuerySet[Attention]:
    """Other cases of the same subject or the same payment, the newest first."""
    same = Q(subject=case.subject)
    if case.payment:
        same |= Q(payment=case.payment)
    return (
        Attention.objects.filter(same).exclude(pk=case.pk).select_related("settled_by").order_by("-opened_at")
    )
