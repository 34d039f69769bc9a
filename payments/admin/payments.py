"""Payments: everything can be read, nothing about money can be typed."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from ..models import Dispute, MirroredPaymentIntent, Payment, Refund
from ..money import written
from .amounts import WrittenAmount
from .cases import NeedsAttention, open_cases, with_open_cases
from .links import dashboard_link
from .readonly import ReadOnly


class RefundInline(WrittenAmount, ReadOnly, admin.StackedInline):
    model = Refund
    extra = 0
    fields = (
        ("created_at", "money", "status"),
        ("reason", "requested_by"),
        ("stripe_refund_id", "failure_reason"),
    )


class DisputeInline(WrittenAmount, ReadOnly, admin.StackedInline):
    model = Dispute
    extra = 0
    fields = (("created_at", "money", "status"), ("reason", "evidence_due_at", "stripe_dispute_id"))


@admin.register(Payment)
class PaymentAdmin(WrittenAmount, ReadOnly, admin.ModelAdmin):
    list_display = ("order_number", "order__placed_at", "status", "money", "went_back", "attention", "intent")
    list_filter = ("status", NeedsAttention, "created_at")
    list_select_related = ("order",)
    ordering = ("-order__placed_at",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("stripe_payment_id", "order__number", "order__email")
    search_help_text = "Order number, e-mail address or PaymentIntent (pi_…)"
    date_hierarchy = "created_at"
    inlines = (RefundInline, DisputeInline)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("order_link", "status", "money", "went_back", "attention")}),
        (
            "Stripe",
            {"fields": ("intent", "mirror", "attempt", "failure_code", "failure_message", "failure_ref")},
        ),
        ("Times", {"fields": ("created_at", "opened_at", "completed_at", "canceled_at", "news_at")}),
    )

    class Media:
        css = {"all": ("admin-shop/cards.css", "admin-shop/payments.css")}  # noqa: RUF012 - as Django has it

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if payment := kwargs.get("obj"):
            context |= {"title": f"Payment of order {payment.order.number}", "subtitle": None}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="order", ordering="order__number")
    def order_number(self, payment: Payment) -> str:
        return payment.order.number

    @admin.display(description="order")
    def order_link(self, payment: Payment) -> str:
        url = reverse("admin:orders_order_change", args=[payment.order_id])
        return format_html('<a href="{}">{}</a>', url, payment.order.number)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).prefetch_related(with_open_cases())

    @admin.display(description="refunded", ordering="amount_refunded")
    def went_back(self, payment: Payment) -> str:
        return written(payment.amount_refunded, payment.currency)

    @admin.display(description="needs attention")
    def attention(self, payment: Payment) -> str:
        return open_cases(payment)

    @admin.display(description="PaymentIntent")
    def intent(self, payment: Payment) -> str:
        return dashboard_link(payment.stripe_payment_id)

    @admin.display(description="as Stripe last told")
    def mirror(self, payment: Payment) -> str:
        mirrored = MirroredPaymentIntent.objects.filter(id=payment.stripe_payment_id).first()
        if mirrored is None:
            return "–"
        url = reverse("admin:payments_mirroredpaymentintent_change", args=[mirrored.pk])
        return format_html('<a href="{}">{}</a>', url, mirrored.stripe_data.get("status", "?"))
