"""Carts for tests. `CartFactory()` is a guest's; `CartFactory(user=...)` a user's."""

import factory

from bookstore.catalog.factories import BookFactory

from .models import Cart, CartLine


class CartFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Cart


class CartLineFactory(factory.django.DjangoModelFactory):
    """One copy, at the price that the book has now."""

    class Meta:
        model = CartLine

    cart = factory.SubFactory(CartFactory)
    book = factory.SubFactory(BookFactory)
    quantity = 1
    price_when_added = factory.SelfAttribute("book.price")
