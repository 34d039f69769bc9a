"""The journal of what Stripe told us: how it came, what became of it, and a button to have it applied anew."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime

from .. import telling
from ..models import Payment, StripeEvent
from .event_pages import ReplayPages
from .event_words import WAYS, State, Type, delay_in_words, state_in_words, state_of
from .links import Links, dashboard_link
from .readonly import ReadOnly, pretty


class Journal(ChangeList):
    """Its rows know their payments, which are found in one go."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = _with_payments(self.result_list)


class EventColumns:
    """Columns that differ between people, since not everybody may open every page."""

    def __init__(self, person: Any) -> None:
        self.links = Links(person)

    @admin.display(description="about")
    def about(self, event: Any) -> str:
        payment = event.payment_told_of
        if payment is None:
            return event.about or "–"
        parts = ((self.links.order(payment),), (self.links.payment(payment.pk, event.about),))
        return format_html_join(mark_safe("<br>"), "{}", parts)


def _with_payments(events: Iterable[Any]) -> list[Any]:
    """Each with the payment that it tells of in `payment_told_of`, or None."""
    rows = list(events)
    told_of = Payment.objects.filter(stripe_payment_id__in={row.about for row in rows} - {""})
    payments = {payment.stripe_payment_id: payment for payment in told_of.select_related("order")}
    for row in rows:
        row.payment_told_of = payments.get(row.about)
    return rows


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly, ReplayPages, admin.ModelAdmin):
    """As many queries for a hundred thousand events as for one, each by an index; payloads stay where they are."""

    list_display = ("event", "how_it_stands", "arrived")
    list_filter = (State, Type, "came_by", "received_at")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("id",)
    search_help_text = "Id of an event (evt_…) or a PaymentIntent (pi_…), or how a type begins"
    ordering = ("-received_at",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("id", "type", "told", "state", "intent")}),
        ("Trouble", {"fields": ("tried", "retry_at", "error", "quarantine")}),
        ("Times", {"fields": ("created_at", "received_at", "delay", "came_by", "processed_at", "livemode")}),
        ("As Stripe sent it", {"fields": ("readable_payload",)}),
    )

    class Media:
        css = {"all": ("admin-shop/cards.css", "admin-shop/journal.css")}  # noqa: RUF012 - as Django has it

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = EventColumns(request.user)
        return ("event", "how_it_stands", columns.about, "arrived")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(
            request, {"title": "Journal of Stripe’s events"} | (extra_context or {})
        )

    def get_fieldsets(self, request: HttpRequest, obj: StripeEvent | None = None) -> Any:
        """Without the part about trouble, when there was none."""
        parts = super().get_fieldsets(request, obj)
        is_fine = obj and obj.processed_at and obj.attempts == 1
        return [part for part in parts if part[0] != "Trouble"] if is_fine else parts

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Journal

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripeEvent]:
        return super().get_queryset(request).defer("payload")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StripeEvent], search_term: str
    ) -> tuple[QuerySet[StripeEvent], bool]:
        """Every word must fit, from its beginning: for that there are indexes."""
        for word in search_term.split():
            field = {"evt": "id", "pi": "about"}.get(word.partition("_")[0], "type")
            queryset = queryset.filter(**{f"{field}__startswith": word})
        return queryset, False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if event := kwargs.get("obj"):
            (row,) = _with_payments([event])
            context |= {
                "event": event,
                "about": EventColumns(request.user).about(row) if row.payment_told_of else "",
                "may_replay": self.has_replay_permission(request),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="event", ordering="type")
    def event(self, event: StripeEvent) -> str:
        return format_html('{}<br><span class="event-id">{}</span>', event.type, event.pk)

    @admin.display(description="state")
    def how_it_stands(self, event: StripeEvent) -> str:
        """State, attempts and error in one place: on most rows only the first is of interest."""
        tried = format_html("<br>{}", self.tried(event)) if event.attempts > 1 else ""
        error = format_html("<br>{}", event.error[:120]) if event.error else ""
        return format_html("{}{}{}", self.state(event), tried, error)

    @admin.display(description="arrived", ordering="received_at")
    def arrived(self, event: StripeEvent) -> str:
        at = date_format(localtime(event.received_at), "j M Y, H:i:s")
        way = WAYS[StripeEvent.CameBy(event.came_by)]
        return format_html('{}<br><span class="event-way">{} late, {}</span>', at, self.delay(event), way)

    @admin.display(description="state")
    def state(self, event: StripeEvent) -> str:
        return format_html(
            '<span class="event-state event-state--{}">{}</span>', state_of(event), state_in_words(event)
        )

    @admin.display(description="tried")
    def tried(self, event: StripeEvent) -> str:
        return "Tried once" if event.attempts == 1 else f"Tried {event.attempts} times"

    @admin.display(description="delay")
    def delay(self, event: StripeEvent) -> str:
        return delay_in_words(event)

    @admin.display(description="in words")
    def told(self, event: StripeEvent) -> str:
        return telling.in_words(event) or "–"

    @admin.display(description="PaymentIntent")
    def intent(self, event: StripeEvent) -> str:
        return dashboard_link(event.about)

    @admin.display(description="payload")
    def readable_payload(self, event: StripeEvent) -> str:
        return pretty(event.payload)
