"""Where else to look: Stripe's dashboard, and pages of the admin as far as somebody may open them."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html

from ..models import OrphanCharge, Payment, StripeEvent


def dashboard_url(intent_id: str) -> str:
    """The PaymentIntent in Stripe's dashboard, or in the sandbox's page."""
    if settings.STRIPE_SANDBOX:
        return f"{settings.SANDBOX_URL}/#{intent_id}"
    mode = "" if settings.STRIPE_LIVE_MODE else "test/"
    return f"https://dashboard.stripe.com/{mode}payments/{intent_id}"


def dashboard_link(intent_id: str | None) -> str:
    if not intent_id:
        return "–"
    url = dashboard_url(intent_id)
    return format_html('<a href="{}" rel="noreferrer" target="_blank">{}</a>', url, intent_id)


class Links:
    """Links for one person: words alone where the page is not for them."""

    def __init__(self, person: Any) -> None:
        self.person = person

    def order(self, payment: Payment) -> str:
        return self.order_of(payment.order_id, payment.order.number)

    def order_of(self, order_id: Any, number: str) -> str:
        return self._to("orders.view_order", "orders_order_change", order_id, f"Order {number}")

    def payment(self, payment_id: Any, words: str) -> str:
        return self._to("payments.view_payment", "payments_payment_change", payment_id, words)

    def event(self, event: StripeEvent) -> str:
        return self._to("payments.view_stripeevent", "payments_stripeevent_change", event.pk, str(event))

    def orphan(self, orphan: OrphanCharge) -> str:
        return self._to("payments.view_orphancharge", "payments_orphancharge_change", orphan.pk, str(orphan))

    def _to(self, permission: str, page: str, pk: Any, words: str) -> str:
        if not self.person.has_perm(permission):
            return words
        return format_html('<a href="{}">{}</a>', reverse(f"admin:{page}", args=[pk]), words)
