"""An order that was placed from a cart and is not paid yet."""

from typing import Any

from django import template

from cart.models import Cart
from orders.access import orders_of
from orders.models import Order

register = template.Library()


@register.simple_tag(takes_context=True)
def waiting_order(context: dict[str, Any], cart: Cart | None) -> Order | None:
    """The visitor's unpaid order of this cart, as long as its books are held."""
    if cart is None:
        return None
    order = orders_of(context["request"]).filter(cart=cart, status=Order.Status.PENDING).first()
    return order if order and not order.hold_is_over else None
