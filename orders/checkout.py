"""Placing an order from wherever a shopper does it: a page or a program."""

from typing import Any

from cart.models import Cart

from . import endings
from .models import Order
from .placing import NotAvailable, OtherOrderOpen


def place_or_replace(cart: Cart, **agreed: Any) -> Order:
    """`Order.objects.place`; an unpaid order of the same cart that says something else is canceled first.

    If that one turns out to be paid, or the bank is at it, it stays and is the answer: nobody pays twice for a cart.
    It is only given up when there are copies enough for the new one. Stripe has to be asked in between, and in that
    moment another shopper may take the last copy: then there is neither order, and nobody was charged.
    Raises what `place` raises, and gateway.GatewayError when Stripe cannot be asked; nothing has changed then.
    """
    try:
        return Order.objects.place(cart, **agreed)
    except OtherOrderOpen as other:
        if short := Order.objects.short_lines(cart):
            raise NotAvailable(short) from other
        earlier = endings.cancel(other.order, Order.CancelReason.REPLACED)
    if earlier.status != Order.Status.CANCELED:
        return earlier
    return Order.objects.place(cart, **agreed)
