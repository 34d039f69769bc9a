"""Orders as the audit's tests need them, without a call to Stripe."""

from django.utils import timezone

from orders.factories import place_order
from orders.models import Order
from payments.money import to_minor
from payments.settlement import settle
from payments.stripe_objects import Intent


def news(order: Order, status: str = "succeeded", intent: str = "") -> Intent:
    """How an order's intent stands."""
    amount = to_minor(order.total, order.currency)
    return Intent(
        id=intent or f"pi_{order.pk.hex}",
        status=status,
        amount=amount,
        amount_received=amount if status == "succeeded" else 0,
        currency=order.currency,
        livemode=False,
        metadata={"payment_id": str(order.payment.pk), "order_id": str(order.pk)},
        decline=None,
    )


def paid(*books, **details) -> Order:
    """An order whose money has come."""
    order = place_order(*books, **details)
    settle(news(order), as_of=timezone.now())
    order.refresh_from_db()
    return order


def ended(*books, **details) -> Order:
    """An order whose payment was canceled."""
    order = place_order(*books, **details)
    settle(news(order, "canceled"), as_of=timezone.now())
    order.refresh_from_db()
    return order
