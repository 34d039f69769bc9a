"""Orders for tests, placed the way shoppers place them."""

from decimal import Decimal
from typing import Any

import factory

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from cart.factories import CartFactory, CartLineFactory
from cart.models import Cart

from .addresses import Address
from .models import DeliveryMethod, Order
from .placing import Quote

ADDRESS = Address(
    full_name="Ada Reader",
    address_line1="12 Endpaper Lane",
    address_line2="",
    city="Leeds",
    postal_code="LS1 4AP",
    country="GB",
)


class DeliveryMethodFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DeliveryMethod

    name = "Standard"
    description = "2–4 working days"
    price = Decimal("2.95")


def filled_cart(*books: Book, quantity: int = 1, **cart: Any) -> Cart:
    """A cart with these books; with one book when none is named."""
    basket = CartFactory(**cart)
    for book in books or [BookFactory()]:
        CartLineFactory(cart=basket, book=book, quantity=quantity)
    return basket


def place_order(*books: Book, cart: Cart | None = None, quantity: int = 1, **details: Any) -> Order:
    """An order awaiting payment, by default one book for 9.99 and delivery for 2.95."""
    cart = cart or filled_cart(*books, quantity=quantity, user=details.get("user"))
    delivery = details.pop("delivery", None) or DeliveryMethodFactory()
    agreed = {"email": "ada@example.com", "address": ADDRESS, "delivery": delivery, **details}
    agreed.setdefault("agreed_total", Quote.of(cart.lines_with_books, delivery).total)
    return Order.objects.place(cart, **agreed)
