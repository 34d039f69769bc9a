"""Money that came for no order of the shop's, with what can be done about it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime

from ..models import Attention, OrphanCharge
from .amounts import WrittenAmount
from .case_buttons import may_settle
from .links import dashboard_link, dashboard_url
from .readonly import ReadOnly

UNDER_WAY = (OrphanCharge.Status.FOUND, OrphanCharge.Status.REFUNDING)


class OrphanColumns:
    """What can be done differs between people."""

    def __init__(self, person: Any) -> None:
        self.person = person

    @admin.display(description="what to do")
    def remedy(self, orphan: Any) -> str:
        """Of an orphan whose row knows its open case, as `get_queryset` makes it."""
        return format_html("{}<br>{}", self._act(orphan), _look_at(orphan))

    def _act(self, orphan: Any) -> str:
        if orphan.case is None:
            return "Wait" if orphan.status in UNDER_WAY else "Nothing"
        if may_settle(self.person):
            return _button("payments_attention_remedy", "Send the money back", orphan.case, "send_back")
        if self.person.has_perm("payments.view_attention"):
            return _button("payments_attention_change", "Needs attention", orphan.case)
        return "Needs attention"


def _look_at(orphan: OrphanCharge) -> str:
    return format_html(
        '<a href="{}" rel="noreferrer" target="_blank">Look at Stripe<span class="visually-hidden">: {}</span></a>',
        dashboard_url(orphan.pk),
        orphan.pk,
    )


def _button(page: str, label: str, *args: Any) -> str:
    return format_html('<a class="button" href="{}">{}</a>', reverse(f"admin:{page}", args=args), label)


@admin.register(OrphanCharge)
class OrphanChargeAdmin(WrittenAmount, ReadOnly, admin.ModelAdmin):
    list_display = ("intent_id", "order_number", "money", "state")
    list_filter = ("status", "found_at")
    search_fields = ("intent_id", "order_number")
    search_help_text = "PaymentIntent (pi_…) or the order number that Stripe was told"
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("intent_id", "at_stripe", "order_number", "money", "status", "stripe_refund_id")}),
        ("Times", {"fields": ("found_at", "refunded_at")}),
    )

    class Media:
        css = {"all": ("admin-shop/cards.css", "admin-shop/attention.css")}  # noqa: RUF012 - as Django has it

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrphanCharge]:
        cases = Attention.objects.open().filter(reason=Attention.Reason.ORPHAN_CHARGE, subject=OuterRef("pk"))
        return super().get_queryset(request).annotate(case=Subquery(cases.values("pk")[:1]))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Money without an order"} | (extra_context or {}))

    def get_list_display(self, request: HttpRequest) -> Any:
        return (*self.list_display, OrphanColumns(request.user).remedy)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if orphan := kwargs.get("obj"):
            context["remedy"] = OrphanColumns(request.user).remedy(orphan)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="state", ordering="found_at")
    def state(self, orphan: OrphanCharge) -> str:
        found = date_format(localtime(orphan.found_at), "j M Y")
        return format_html("{}<br>found {}", orphan.get_status_display(), found)

    @admin.display(description="at Stripe")
    def at_stripe(self, orphan: OrphanCharge) -> str:
        return dashboard_link(orphan.pk)
