"""What Stripe told us."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from .. import inbox
from ..models import StripeEvent
from .readonly import ReadOnly, pretty


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly, admin.ModelAdmin):
    """What Stripe told us, and what became of it."""

    list_display = ("id", "type", "created_at", "came_by", "processed_at", "attempts", "quarantine")
    list_filter = (
        ("processed_at", admin.EmptyFieldListFilter),
        ("quarantine", admin.EmptyFieldListFilter),
        "type",
    )
    search_fields = ("id", "type")
    actions = ("try_again",)
    date_hierarchy = "received_at"
    fieldsets: ClassVar[Any] = (
        (
            None,
            {"fields": ("id", "type", "livemode", "created_at", "received_at", "came_by", "processed_at")},
        ),
        ("Trouble", {"fields": ("attempts", "retry_at", "error", "quarantine")}),
        ("As Stripe sent it", {"fields": ("readable_payload",)}),
    )

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_stripeevent")

    @admin.action(description="Try again what was set aside", permissions=["retry"])
    def try_again(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> None:
        taken = inbox.take_up_again(events)
        self.message_user(request, f"The next sweep tries {taken} again.", messages.SUCCESS)

    @admin.display(description="payload")
    def readable_payload(self, event: StripeEvent) -> str:
        return pretty(event.payload)
