"""Orders as staff see them. Money and status cannot be typed; what staff do to an order are actions."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from bookstore.templatetags.money import money
from payments.admin import NeedsAttention, ReadOnly, dashboard_link, open_cases, with_open_cases
from payments.models import Payment

from .models import DeliveryMethod, Order, OrderEvent, OrderLine, OrderMail


class OrderLineInline(ReadOnly, admin.TabularInline):
    model = OrderLine
    extra = 0
    fields = ("isbn13", "title", "quantity", "unit_price", "line_total")

    @admin.display(description="total")
    def line_total(self, line: OrderLine) -> str:
        return money(line.total)


class OrderEventInline(ReadOnly, admin.TabularInline):
    model = OrderEvent
    extra = 0
    verbose_name_plural = "history"
    fields = ("at", "kind", "text", "actor")


class OrderMailInline(ReadOnly, admin.TabularInline):
    model = OrderMail
    extra = 0
    verbose_name_plural = "mails"
    fields = ("kind", "created_at", "sent_at", "attempts", "error")


class OrderNeedsAttention(NeedsAttention):
    to_payment = "payment"


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("number", "placed_at", "status", "payment_status", "total_price", "email", "attention")
    list_filter = (
        "status",
        "payment__status",
        OrderNeedsAttention,
        "placed_at",
    )
    list_select_related = ("payment",)
    search_fields = ("number", "email", "full_name", "payment__stripe_payment_id")
    search_help_text = "Order number, e-mail address, name or PaymentIntent"
    date_hierarchy = "placed_at"
    actions = ("mark_shipped", "mark_delivered")
    inlines = (OrderLineInline, OrderEventInline, OrderMailInline)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("number", "status", "cancel_reason", "hold_expires_at")}),
        ("Money", {"fields": ("subtotal", "delivery_price", "tax", "total_price")}),
        (
            "Payment",
            {"fields": ("payment_link", "payment_status", "intent", "failure", "refunded", "attention")},
        ),
        (
            "Shopper",
            {
                "fields": (
                    "email",
                    "user",
                    "full_name",
                    "address_line1",
                    "address_line2",
                    "city",
                    "postal_code",
                    "country",
                )
            },
        ),
        ("Delivery", {"fields": ("delivery_name",)}),
        ("Times", {"fields": ("placed_at", "confirmed_at", "shipped_at", "delivered_at", "canceled_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related(with_open_cases("payment__"))

    def has_ship_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.change_order")

    @admin.action(description="Mark as shipped", permissions=["ship"])
    def mark_shipped(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        self._each(request, orders, "ship", "shipped")

    @admin.action(description="Mark as delivered", permissions=["ship"])
    def mark_delivered(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        self._each(request, orders, "deliver", "delivered")

    def _each(self, request: HttpRequest, orders: QuerySet[Order], act: str, done: str) -> None:
        """Orders for which it was done before stay as they are; those for which it is too early are named."""
        moved = 0
        for order in orders:
            try:
                moved += getattr(order, act)(actor=request.user)
            except Order.WrongStatus as error:
                refunded = isinstance(error, Order.Refunded)
                status = "refunded in full" if refunded else order.get_status_display().lower()
                self.message_user(
                    request, f"{order.number} is {status}, it cannot be {done}.", messages.ERROR
                )
        self.message_user(request, f"{moved} marked as {done}.")

    @admin.display(description="total", ordering="total")
    def total_price(self, order: Order) -> str:
        return money(order.total, order.currency)

    @admin.display(description="payment", ordering="payment__status")
    def payment_status(self, order: Order) -> str:
        payment = _payment(order)
        return payment.get_status_display() if payment else "Nothing to pay"

    @admin.display(description="needs attention")
    def attention(self, order: Order) -> str:
        return open_cases(_payment(order))

    @admin.display(description="payment")
    def payment_link(self, order: Order) -> str:
        payment = _payment(order)
        if payment is None:
            return "–"
        url = reverse("admin:payments_payment_change", args=[payment.pk])
        return format_html('<a href="{}">{}</a>', url, money(payment.amount, payment.currency))

    @admin.display(description="PaymentIntent")
    def intent(self, order: Order) -> str:
        payment = _payment(order)
        return dashboard_link(payment.stripe_payment_id if payment else None)

    @admin.display(description="last decline")
    def failure(self, order: Order) -> str:
        payment = _payment(order)
        if payment is None or not payment.failure_code:
            return "–"
        return f"{payment.failure_code}: {payment.failure_message}"

    @admin.display
    def refunded(self, order: Order) -> str:
        payment = _payment(order)
        return money(payment.amount_refunded, payment.currency) if payment else "–"


@admin.register(DeliveryMethod)
class DeliveryMethodAdmin(admin.ModelAdmin):
    list_display = ("name", "description", "price", "free_above", "position", "active")
    list_editable = ("position", "active")


def _payment(order: Order) -> Payment | None:
    """None for an order that cost nothing."""
    payment: Any = getattr(order, "payment", None)
    return payment
