"""How an event stands, in words, and the filters of the journal."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince

from ..catching_up import TYPES
from ..models import StripeEvent

STATES = {
    "applied": ("Applied", Q(processed_at__isnull=False)),
    "failing": ("Failing, tried again by itself", Q(processed_at=None, quarantine="", attempts__gt=0)),
    "new": ("Not tried yet", Q(processed_at=None, quarantine="", attempts=0)),
    "aside": ("Set aside", Q(processed_at=None) & ~Q(quarantine="")),
}


WAYS = {StripeEvent.CameBy.WEBHOOK: "by webhook", StripeEvent.CameBy.LIST: "from Stripe’s list"}


def state_of(event: StripeEvent) -> str:
    """The key in STATES; every event is in one of them."""
    if event.processed_at:
        return "applied"
    if event.quarantine:
        return "aside"
    return "failing" if event.attempts else "new"


def state_in_words(event: StripeEvent) -> str:
    match state_of(event):
        case "applied":
            return "Applied"
        case "aside":
            return f"Set aside: {event.quarantine}"
        case "failing":
            return f"Failing, {_next_try(event)}"
    return f"Not tried yet, {_next_try(event)}"


def _next_try(event: StripeEvent) -> str:
    if event.retry_at and event.retry_at > timezone.now():
        return f"waiting for its next try at {date_format(timezone.localtime(event.retry_at), 'j M, H:i:s')}"
    return "to be tried now"


def delay_in_words(event: StripeEvent) -> str:
    """From Stripe to here. Stripe's times are whole seconds."""
    delay = event.received_at - event.created_at
    if delay < timedelta(minutes=1):
        return f"{max(round(delay.total_seconds()), 0)} s"
    return timesince(event.created_at, event.received_at, depth=1)


class State(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, *args: Any) -> list[tuple[str, str]]:
        return [(key, title) for key, (title, _) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> QuerySet[StripeEvent]:
        chosen = STATES.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class Type(admin.SimpleListFilter):
    """The types that move something here. A list of those that have come would read the whole table."""

    title = "type"
    parameter_name = "type"

    def lookups(self, *args: Any) -> list[tuple[str, str]]:
        return [(each, each) for each in TYPES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> QuerySet[StripeEvent]:
        return queryset.filter(type=self.value()) if self.value() else queryset
