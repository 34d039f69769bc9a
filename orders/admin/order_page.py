"""One order: facts first, then its whole story, with a button for everything that can be done now."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from bookstore.templatetags.money import money
from orders import timeline
from orders.models import Order, OrderLine
from payments.admin import ReadOnly, dashboard_link

from .acts import ACTS
from .packing import left_of
from .situation import Situation, payment_of


class OrderLineInline(ReadOnly, admin.TabularInline):
    model = OrderLine
    extra = 0
    verbose_name_plural = "books"
    fields = ("isbn13", "title", "quantity", "unit_price", "line_total", "sent", "returned", "left")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        lines = super().get_queryset(request).select_related("order")
        return lines.prefetch_related("shipped", "refunded")

    @admin.display(description="total")
    def line_total(self, line: OrderLine) -> str:
        return money(line.total, line.order.currency)

    @admin.display(description="shipped")
    def sent(self, line: OrderLine) -> int:
        return sum(part.quantity for part in line.shipped.all())

    @admin.display(description="refunded")
    def returned(self, line: OrderLine) -> int:
        return sum(part.quantity for part in line.refunded.all())

    @admin.display(description="left to ship")
    def left(self, line: OrderLine) -> int:
        return left_of(line) if line.order.status == Order.Status.CONFIRMED else 0


LINKS = {"payment_link": "payments.view_payment", "events": "payments.view_stripeevent"}
"""Facts that are links, and what is needed to follow them."""


class OrderPage(admin.ModelAdmin):
    inlines = (OrderLineInline,)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("number", "status", "cancel_reason", "hold_expires_at", "attention")}),
        ("Money", {"fields": ("subtotal", "delivery_price", "tax", "total_price")}),
        (
            "Payment",
            {"fields": ("payment_link", "payment_status", "intent", "events", "failure", "refunded")},
        ),
        ("Shopper", {"fields": ("email", "user", "address")}),
        ("Delivery", {"fields": ("delivery_name",)}),
        (
            "Times",
            {"fields": ("placed_at", "confirmed_at", "shipped_at", "delivered_at", "canceled_at")},
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Order | None = None) -> Any:
        """Without the links that lead nowhere for the person."""
        hidden = {name for name, needed in LINKS.items() if not request.user.has_perm(needed)}
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if order := kwargs.get("obj"):
            context |= {"timeline": _readable_by(request.user, order), "acts": _possible(request.user, order)}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display
    def address(self, order: Order) -> str:
        parts = (
            order.full_name,
            order.address_line1,
            order.address_line2,
            f"{order.postal_code} {order.city}".strip(),
            order.country_name,
        )
        return "\n".join(filter(None, parts))

    @admin.display(description="payment")
    def payment_link(self, order: Order) -> str:
        payment = payment_of(order)
        if payment is None:
            return "–"
        url = reverse("admin:payments_payment_change", args=[payment.pk])
        return format_html('<a href="{}">{}</a>', url, money(payment.amount, payment.currency))

    @admin.display(description="at Stripe")
    def intent(self, order: Order) -> str:
        payment = payment_of(order)
        return dashboard_link(payment.stripe_payment_id if payment else None)

    @admin.display(description="what Stripe told")
    def events(self, order: Order) -> str:
        payment = payment_of(order)
        if payment is None or not payment.stripe_payment_id:
            return "–"
        url = reverse("admin:payments_stripeevent_changelist")
        return format_html('<a href="{}?about={}">All its events</a>', url, payment.stripe_payment_id)

    @admin.display(description="last decline")
    def failure(self, order: Order) -> str:
        payment = payment_of(order)
        if payment is None or not payment.failure_code:
            return "–"
        return f"{payment.failure_code}: {payment.failure_message}"

    @admin.display
    def refunded(self, order: Order) -> str:
        payment = payment_of(order)
        return money(payment.amount_refunded, payment.currency) if payment else "–"


def _possible(person: Any, order: Order) -> list[dict[str, str]]:
    """The acts that the order's state and the person's permissions allow."""
    situation = Situation(order)
    possible = [
        (act.label, act.name)
        for act in ACTS
        if person.has_perm(act.permission) and act.is_possible(situation)
    ]
    if ("Ship", "ship") in possible:
        possible.insert(1, ("Packing slip", "packing_slip"))
    return [
        {"label": label, "url": reverse(f"admin:orders_order_{name}", args=[order.pk])}
        for label, name in possible
    ]


def _readable_by(person: Any, order: Order) -> list[dict[str, Any]]:
    """The timeline, with the links that the person may follow."""
    return [
        {
            "entry": entry,
            "link": entry.link if entry.link and person.has_perm(entry.link.permission) else None,
        }
        for entry in timeline.entries(order)
    ]
