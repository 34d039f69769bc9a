"""One order: facts first, then its whole story, with a button for everything that can be done now."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from bookstore.templatetags.money import money
from orders import timeline
from orders.models import Order
from payments.admin import dashboard_link

from .acts import ACTS
from .packing import left_of
from .situation import Situation, payment_of

NEEDED = {
    "events": "payments.view_stripeevent",
    "user": "accounts.view_user",
    **dict.fromkeys(("payment_link", "intent", "failure", "refunded"), "payments.view_payment"),
}
"""Facts that not everybody may see, or whose links not everybody may follow, and the permission for them."""

OFTEN_EMPTY = (
    "cancel_reason",
    "hold_expires_at",
    "tax",
    "user",
    "confirmed_at",
    "shipped_at",
    "delivered_at",
    "canceled_at",
)


class OrderPage(admin.ModelAdmin):
    fieldsets: ClassVar[Any] = (
        (
            None,
            {
                "fields": (
                    "status",
                    "cancel_reason",
                    "hold_expires_at",
                    "attention",
                    "attention_mark",
                )
            },
        ),
        ("Money", {"fields": ("goods", "delivery_cost", "tax", "total_price")}),
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
        """Without what is empty, and without what is not for the person."""
        person = request.user
        hidden = {name for name, needed in NEEDED.items() if not person.has_perm(needed)}
        hidden.add("attention_mark" if person.has_perm("payments.view_attention") else "attention")
        hidden |= {name for name in OFTEN_EMPTY if not getattr(obj, name, None)}
        if not getattr(payment_of(obj) if obj else None, "failure_code", ""):
            hidden.add("failure")
        kept = (
            (title, [name for name in options["fields"] if name not in hidden])
            for title, options in super().get_fieldsets(request, obj)
        )
        return [(title, {"fields": fields, "classes": ["order-facts"]}) for title, fields in kept if fields]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if order := kwargs.get("obj"):
            context |= {
                "title": f"Order {order.number}",
                "subtitle": None,
                "books": _books(order),
                "timeline": _readable_by(request.user, order),
                "acts": _possible(request.user, order),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display
    def address(self, order: Order) -> str:
        return "\n".join(order.address.lines)

    @admin.display(description="books")
    def goods(self, order: Order) -> str:
        return money(order.subtotal, order.currency)

    @admin.display(description="delivery")
    def delivery_cost(self, order: Order) -> str:
        return money(order.delivery_price, order.currency)

    @admin.display(description="amount")
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
        return f"{payment.failure_code.replace('_', ' ')}: {payment.failure_message}" if payment else "–"

    @admin.display
    def refunded(self, order: Order) -> str:
        payment = payment_of(order)
        return money(payment.amount_refunded, payment.currency) if payment else "–"


def _books(order: Order) -> list[dict[str, Any]]:
    """The lines, with what has become of their copies."""
    lines = order.lines.prefetch_related("shipped", "refunded")
    is_open = order.status == Order.Status.CONFIRMED
    return [
        {
            "line": line,
            "shipped": sum(part.quantity for part in line.shipped.all()),
            "refunded": sum(part.quantity for part in line.refunded.all()),
            "to_ship": left_of(line) if is_open else 0,
        }
        for line in lines
    ]


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
