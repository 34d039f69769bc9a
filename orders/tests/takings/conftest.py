"""A shop with a past: orders, payments and refunds written as they were on chosen days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from orders.factories import DeliveryMethodFactory
from orders.models import DeliveryMethod, Order, OrderEvent, OrderLine
from payments.models import Payment, Refund, StripeEvent


@pytest.fixture(autouse=True)
def nothing_is_kept():
    cache.clear()
    yield
    cache.clear()


@dataclass
class Past:
    """What happened, with as little of it as the figures look at."""

    delivery: DeliveryMethod
    made: int = 0

    def sold(
        self,
        at: datetime,
        total: Any = "12.94",
        *,
        currency: str = "gbp",
        status: str = "CONFIRMED",
        books: dict[Book, int] | None = None,
    ) -> Order:
        """An order that was accepted, and paid unless it cost nothing."""
        order = self._order(at, Decimal(total), currency, status)
        for book, copies in (books or {}).items():
            OrderLine.objects.create(
                order=order,
                book=book,
                isbn13=book.isbn13,
                title=book.title,
                unit_price=book.price,
                quantity=copies,
            )
        if order.total:
            self.paid(order, at)
        return order

    def paid(self, order: Order, at: datetime, *, status: str = "COMPLETED") -> Payment:
        self.made += 1
        return Payment.objects.create(
            order=order,
            stripe_payment_id=f"pi_{self.made}",
            amount=order.total,
            currency=order.currency,
            status=status,
            created_at=at,
            completed_at=at,
        )

    def refunded(self, order: Order, at: datetime, amount: Any, **details: Any) -> Refund:
        payment = order.payment
        return Refund.objects.create(
            **{
                "payment": payment,
                "intent_id": payment.stripe_payment_id,
                "amount": Decimal(amount),
                "currency": payment.currency,
                "status": Refund.Status.SUCCEEDED,
                "reason": Refund.Reason.REQUESTED_BY_CUSTOMER,
                "created_at": at,
                **details,
            }
        )

    def declined(self, order: Order, at: datetime, words: str = "Not enough money on the card.") -> None:
        OrderEvent.objects.create(order=order, kind=OrderEvent.Kind.PAYMENT_FAILED, text=words, at=at)

    def webhook(self, at: datetime, delay: float, **details: Any) -> StripeEvent:
        self.made += 1
        return StripeEvent.objects.create(
            **{
                "id": f"evt_{self.made}",
                "type": "payment_intent.succeeded",
                "livemode": False,
                "payload": {},
                "created_at": at - timedelta(seconds=delay),
                "received_at": at,
                "processed_at": at,
                **details,
            }
        )

    def _order(self, at: datetime, total: Decimal, currency: str, status: str) -> Order:
        return Order.objects.create(
            email="ada@example.com",
            full_name="Ada Reader",
            address_line1="12 Endpaper Lane",
            city="Leeds",
            country="GB",
            fingerprint="",
            delivery_method=self.delivery,
            delivery_name=self.delivery.name,
            subtotal=total,
            delivery_price=0,
            total=total,
            currency=currency,
            status=status,
            placed_at=at,
            confirmed_at=at,
            shipped_at=at,
            delivered_at=at,
            canceled_at=at if status == "CANCELED" else None,
            cancel_reason="by_staff" if status == "CANCELED" else "",
        )


@pytest.fixture
def past(db: None) -> Past:
    return Past(DeliveryMethodFactory())


@pytest.fixture
def book() -> Callable[..., Book]:
    return lambda title, stock=9, price="9.99": BookFactory(title=title, stock=stock, price=Decimal(price))


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)
