"""What delivery costs, in words."""

from decimal import Decimal

from django import template

from bookstore.templatetags.money import money
from orders.models import DeliveryMethod

register = template.Library()


@register.simple_tag
def delivery_price(method: DeliveryMethod, subtotal: Decimal) -> str:
    """`£2.95`, or `free` for books worth `subtotal`."""
    price = method.price_for(subtotal)
    return money(price) if price else "free"
