"""Placing an order from wherever a shopper does it: a page or a program."""

from typing import Any

from cart.models import Cart

from . import endings
from .models import Order
from .placing import OtherOrderOpen


def place_or_replace(cart: Cart, **agreed: Any) -> Order:
    """`Order.objects.place`; an unpaid order of the same cart that says something else is canceled first.

    If that one turns out to be paid, or the bank is at it, it stays and is the answer: nobody pays twice for a cart.
    Raises what `place` raises, and gateway.GatewayError when Stripe cannot be asked; nothing has changed then.
    """
    try:
        return Order.objects.place(cart, **agreed)
    except OtherOrderOpen as other:
        earlier = endings.cancel(other.order, Order.CancelReason.REPLACED)
    if earlier.status != Order.Status.CANCELED:
        return earlier
    return Order.objects.place(cart, **agreed)
