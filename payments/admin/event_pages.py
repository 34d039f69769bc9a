"""Events are applied anew: one by a button, many after a page that asks. What was applied before stays as it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods

from .. import inbox
from ..models import StripeEvent

MOST = 200
"""Events that somebody waits for. More are left to the sweep."""


@dataclass
class Outcome:
    applied: int = 0
    before: int = 0
    failed: list[StripeEvent] = field(default_factory=list)


class ReplayPages(admin.ModelAdmin):
    actions = ("replay_many",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.replay_view))
        return [path("<str:pk>/replay/", view, name="payments_stripeevent_replay"), *super().get_urls()]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        may_replay = request.user.has_perm("payments.replay_stripeevent")
        return self.has_view_permission(request) and may_replay

    def replay_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """By GET comes whoever has just signed in again: the button is on the event's page."""
        if not self.has_replay_permission(request):
            raise PermissionDenied
        event = get_object_or_404(StripeEvent, pk=pk)
        if request.method == "POST":
            self._replay(request, [event])
        return HttpResponseRedirect(reverse("admin:payments_stripeevent_change", args=[event.pk]))

    @admin.action(description="Replay", permissions=["replay"])
    def replay_many(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> HttpResponse | None:
        number = events.count()
        if number > 1 and "_confirm" not in request.POST:
            return self._ask(request, events, number)
        if number > MOST:
            self._leave_to_sweep(request, events)
        else:
            self._replay(request, events.order_by("created_at"))
        return None

    def _replay(self, request: HttpRequest, events: Iterable[StripeEvent]) -> None:
        outcome = Outcome()
        for event in events:
            if event.processed_at:
                outcome.before += 1
            elif inbox.replay(event):
                outcome.applied += 1
                self.log_change(request, event, "Replayed: applied")
            else:
                outcome.failed.append(event)
                self.log_change(request, event, f"Replayed: {event.error or event.quarantine}")
        self._tell(request, outcome)

    def _tell(self, request: HttpRequest, outcome: Outcome) -> None:
        if outcome.applied or outcome.before:
            words = f"{outcome.applied} applied, {outcome.before} applied before."
            self.message_user(request, words, messages.SUCCESS)
        if outcome.failed:
            self.message_user(request, _failed(outcome.failed), messages.ERROR)

    def _leave_to_sweep(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        taken = inbox.take_up_again(StripeEvent.objects.filter(pk__in=events.order_by().values("pk")))
        words = f"{taken} had been set aside: the next sweep tries them again."
        self.message_user(request, words, messages.SUCCESS)

    def _ask(self, request: HttpRequest, events: QuerySet[StripeEvent], number: int) -> HttpResponse:
        """All that were chosen are sent along as they were chosen: by name, or "all of this list"."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": f"Replay {number} events",
            "number": number,
            "applied": events.filter(processed_at__isnull=False).count(),
            "is_too_many": number > MOST,
            "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "is_all": request.POST.get("select_across", "0"),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/payments/stripeevent/replay.html", context)


def _failed(events: list[StripeEvent]) -> str:
    """Which of them failed, each with a link: a few by name."""
    named: Any = (
        (
            reverse("admin:payments_stripeevent_change", args=[event.pk]),
            event.pk,
            event.quarantine or event.error,
        )
        for event in events[:10]
    )
    links = format_html_join(mark_safe("; "), '<a href="{}">{}</a>: {}', named)
    more = f"; and {len(events) - 10} more" if len(events) > 10 else ""
    return format_html("{} failed: {}{}", len(events), links, more)
