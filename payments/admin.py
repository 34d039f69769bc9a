"""Payments as staff see them: everything can be read, nothing about money can be typed.

dj-stripe's own admin pages are taken down: they print the secret key and client secrets, and let data be edited.
"""

import json
from typing import Any, ClassVar

import djstripe.admin  # noqa: F401  registers its pages, so that they can be taken down here
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from .models import Dispute, MirroredPaymentIntent, Payment, Refund, StripeEvent
from .money import from_minor
from .stripe_objects import without_secrets

for model in [model for model in admin.site._registry if model._meta.app_label == "djstripe"]:
    admin.site.unregister(model)


class ReadOnly:
    """For admin classes whose rows nobody writes by hand. They name what they show in `fields` or `fieldsets`."""

    def get_readonly_fields(self: Any, *args: Any) -> list[str]:
        return flatten_fieldsets(self.fieldsets or [(None, {"fields": self.fields or ()})])

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False


def dashboard_link(intent_id: str | None) -> str:
    """A link to the PaymentIntent in Stripe's dashboard, or in the sandbox's page."""
    if not intent_id:
        return "–"
    if settings.STRIPE_SANDBOX:
        url = f"{settings.SANDBOX_URL}/#{intent_id}"
    else:
        mode = "" if settings.STRIPE_LIVE_MODE else "test/"
        url = f"https://dashboard.stripe.com/{mode}payments/{intent_id}"
    return format_html('<a href="{}" rel="noreferrer" target="_blank">{}</a>', url, intent_id)


def pretty(data: Any) -> str:
    """JSON that people can read, without secrets."""
    return format_html("<pre>{}</pre>", json.dumps(without_secrets(data), indent=2, ensure_ascii=False))


class RefundInline(ReadOnly, admin.TabularInline):
    model = Refund
    extra = 0
    fields = (
        "created_at",
        "amount",
        "currency",
        "status",
        "reason",
        "stripe_refund_id",
        "failure_reason",
        "requested_by",
    )


class DisputeInline(ReadOnly, admin.TabularInline):
    model = Dispute
    extra = 0
    fields = ("created_at", "amount", "currency", "status", "reason", "evidence_due_at", "stripe_dispute_id")


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "order_number",
        "status",
        "amount",
        "currency",
        "amount_refunded",
        "stripe_payment_id",
        "attention",
    )
    list_filter = ("status", ("attention", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("order",)
    search_fields = ("stripe_payment_id", "order__number", "order__email")
    date_hierarchy = "created_at"
    inlines = (RefundInline, DisputeInline)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("order_link", "status", "amount", "currency", "amount_refunded", "attention")}),
        (
            "Stripe",
            {"fields": ("intent", "mirror", "attempt", "failure_code", "failure_message", "failure_ref")},
        ),
        ("Times", {"fields": ("created_at", "opened_at", "completed_at", "canceled_at", "news_at")}),
    )

    @admin.display(description="order", ordering="order__number")
    def order_number(self, payment: Payment) -> str:
        return payment.order.number

    @admin.display(description="order")
    def order_link(self, payment: Payment) -> str:
        url = reverse("admin:orders_order_change", args=[payment.order_id])
        return format_html('<a href="{}">{}</a>', url, payment.order.number)

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


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly, admin.ModelAdmin):
    """What Stripe told us, and what became of it."""

    list_display = ("id", "type", "created_at", "received_at", "processed_at", "attempts", "quarantine")
    list_filter = (
        ("processed_at", admin.EmptyFieldListFilter),
        ("quarantine", admin.EmptyFieldListFilter),
        "type",
    )
    search_fields = ("id", "type")
    date_hierarchy = "received_at"
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("id", "type", "livemode", "created_at", "received_at", "processed_at")}),
        ("Trouble", {"fields": ("attempts", "retry_at", "error", "quarantine")}),
        ("As Stripe sent it", {"fields": ("readable_payload",)}),
    )

    @admin.display(description="payload")
    def readable_payload(self, event: StripeEvent) -> str:
        return pretty(event.payload)


@admin.register(MirroredPaymentIntent)
class MirroredPaymentIntentAdmin(ReadOnly, admin.ModelAdmin):
    """dj-stripe's copy of the PaymentIntents."""

    list_display = ("id", "status", "amount", "created", "livemode", "djstripe_updated")
    list_filter = ("livemode", "created")
    search_fields = ("id",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("id", "status", "amount", "livemode", "created", "djstripe_updated")}),
        ("As Stripe sent it", {"fields": ("readable_data",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[MirroredPaymentIntent]:
        return MirroredPaymentIntent.objects.defer("metadata")

    @admin.display
    def status(self, intent: MirroredPaymentIntent) -> str:
        return intent.stripe_data.get("status", "")

    @admin.display
    def amount(self, intent: MirroredPaymentIntent) -> str:
        data = intent.stripe_data
        return f"{from_minor(data['amount'], data['currency'])} {data['currency'].upper()}"

    @admin.display(description="data")
    def readable_data(self, intent: MirroredPaymentIntent) -> str:
        return pretty(intent.stripe_data)
