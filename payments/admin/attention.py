"""What no rule settles."""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince

from ..models import Attention
from .readonly import ReadOnly


@admin.register(Attention)
class AttentionAdmin(ReadOnly, admin.ModelAdmin):
    """What no rule settles, oldest first: why, for how long, and what to do."""

    list_display = ("case", "detail", "open_for", "remedy", "settled_at")
    list_filter = (("settled_at", admin.EmptyFieldListFilter), "reason", "opened_at")
    list_select_related = ("payment__order",)
    search_fields = ("subject", "detail", "payment__order__number", "payment__order__email")
    ordering = (F("settled_at").asc(nulls_first=True), "opened_at")
    actions = ("mark_settled",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("reason", "subject", "detail", "remedy", "order")}),
        ("Times", {"fields": ("opened_at", "open_for", "settled_at", "settled_by", "settlement")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attention]:
        return super().get_queryset(request).select_related("payment__order", "settled_by")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.settle_attention")

    @admin.action(description="Mark as settled", permissions=["settle"])
    def mark_settled(self, request: HttpRequest, cases: QuerySet[Attention]) -> None:
        staff = cast("AbstractBaseUser", request.user)
        settled = sum(case.settle("Settled by staff", by=staff) for case in cases)
        self.message_user(request, f"{settled} marked as settled.", messages.SUCCESS)

    @admin.display(description="case", ordering="reason")
    def case(self, case: Attention) -> str:
        return str(case)

    @admin.display(description="open for", ordering="opened_at")
    def open_for(self, case: Attention) -> str:
        return timesince(case.opened_at, case.settled_at)

    @admin.display(description="what to do")
    def remedy(self, case: Attention) -> str:
        return case.remedy

    @admin.display(description="order")
    def order(self, case: Attention) -> str:
        if case.payment is None:
            return "–"
        url = reverse("admin:orders_order_change", args=[case.payment.order_id])
        return format_html('<a href="{}">{}</a>', url, case.payment.order.number)
