"""Payments as staff see them: everything can be read, nothing about money can be typed.

dj-stripe's own admin pages are taken down: they print the secret key and client secrets, and let data be edited.
"""

import json
from typing import Any, ClassVar, cast

import djstripe.admin  # noqa: F401  registers its pages, so that they can be taken down here
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince

from . import inbox
from .models import Attention, Dispute, MirroredPaymentIntent, OrphanCharge, Payment, Refund, StripeEvent
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
    list_filter = ("status", NeedsAttention, "created_at")
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).prefetch_related(with_open_cases())

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


@admin.register(OrphanCharge)
class OrphanChargeAdmin(ReadOnly, admin.ModelAdmin):
    """Money that came for no order of the shop's."""

    list_display = ("intent_id", "order_number", "amount", "currency", "status", "found_at", "refunded_at")
    list_filter = ("status", "found_at")
    search_fields = ("intent_id", "order_number")
    fields = (*list_display, "stripe_refund_id")
