"""Visitors at checkout, and a Stripe that does not keep tests waiting."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bookstore.catalog.models import Book
from cart.factories import CartFactory, CartLineFactory
from cart.session import GUEST_CART
from orders.factories import ADDRESS, DeliveryMethodFactory
from orders.models import DeliveryMethod, Order
from payments import gateway


class Visitor:
    """One browser session, walking through the checkout step by step."""

    def __init__(self, delivery: DeliveryMethod, *books: Book, user: Any = None, quantity: int = 1) -> None:
        self.client = Client()
        self.cart = CartFactory(user=user)
        for book in books:
            CartLineFactory(cart=self.cart, book=book, quantity=quantity)
        if user:
            self.client.force_login(user)
        else:
            self.remembers(GUEST_CART, self.cart.pk)
        self.details = {
            "email": "ada@example.com",
            **{name: getattr(ADDRESS, name) for name in ADDRESS.__dataclass_fields__},
            "delivery_method": delivery.pk,
        }

    def remembers(self, key: str, value: Any) -> None:
        session = self.client.session
        session[key] = value
        session.save()

    def fills_in(self, **changes: Any) -> Any:
        return self.client.post(reverse("orders:checkout"), self.details | changes)

    def sees_review(self) -> Any:
        return self.client.get(reverse("orders:review"))

    def places(self, total: str | Decimal) -> Any:
        return self.client.post(reverse("orders:review"), {"agreed_total": str(total)})

    def orders(self, total: str | Decimal = "12.94") -> Order:
        """Both steps: by default one book for 9.99 and delivery for 2.95."""
        self.fills_in()
        self.places(total)
        return Order.objects.get(cart=self.cart)

    def get(self, page: str, order: Order, query: str = "", **extra: Any) -> Any:
        return self.client.get(reverse(f"orders:{page}", args=[order.number]) + query, **extra)

    def post(self, page: str, order: Order, **extra: Any) -> Any:
        return self.client.post(reverse(f"orders:{page}", args=[order.number]), **extra)


@pytest.fixture
def delivery() -> DeliveryMethod:
    return DeliveryMethodFactory()


@pytest.fixture
def visitor(delivery: DeliveryMethod) -> Callable[..., Visitor]:
    """`visitor(book, user=...)`: someone with these books in the cart."""
    return lambda *books, **more: Visitor(delivery, *books, **more)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK repeats calls at once instead of after ever longer pauses."""
    monkeypatch.setattr("stripe._http_client.HTTPClient._sleep_time_seconds", lambda *args, **kwargs: 0)


@pytest.fixture
def impatient(no_pauses: None, settings: Any) -> Iterator[None]:
    """Stripe gets a fraction of a second to answer."""
    gateway._client_for.cache_clear()
    settings.STRIPE_READ_TIMEOUT = 0.4
    yield
    gateway._client_for.cache_clear()
