"""Turning a cart into an order: `Order.objects.place`."""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from bookstore.accounts.models import User
from bookstore.catalog.models import Book, OutOfStock
from cart.models import Cart, CartLine
from payments.models import Payment

from .addresses import Address

if TYPE_CHECKING:
    from .models import DeliveryMethod, Order

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Quote:
    """What an order of these lines costs now, in the shop's currency."""

    subtotal: Decimal
    delivery_price: Decimal

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.delivery_price

    @classmethod
    def of(cls, lines: list[CartLine], delivery: "DeliveryMethod") -> "Quote":
        subtotal = sum((line.total for line in lines), Decimal("0.00"))
        return cls(subtotal, delivery.price_for(subtotal))


class NotPlaced(Exception):
    """The order could not be placed; nothing has changed."""


class EmptyCart(NotPlaced):
    """There is nothing to order."""


class NotAvailable(NotPlaced):
    """Some books cannot be had as often as wanted. `lines`: those cart lines, with their book as it is now."""

    def __init__(self, lines: list[CartLine]) -> None:
        super().__init__(f"{len(lines)} books fall short")
        self.lines = lines


class PriceChanged(NotPlaced):
    """The total is not the one that the shopper agreed to."""

    def __init__(self, quote: Quote) -> None:
        super().__init__("the total has changed")
        self.quote = quote


class OtherOrderOpen(NotPlaced):
    """The cart has an unpaid order that says something else. Cancel `order`, then place again."""

    def __init__(self, order: "Order") -> None:
        super().__init__(f"order {order.pk} is open for this cart")
        self.order = order


class PlacesOrders(models.Manager["Order"]):
    """Gives `Order.objects` its one way to make an order."""

    def place(
        self,
        cart: Cart,
        *,
        email: str,
        address: Address,
        delivery: "DeliveryMethod",
        agreed_total: Decimal,
        user: User | None = None,
    ) -> "Order":
        """Place an order for everything in the cart, holding its books; the cart is kept until the order is paid.

        One transaction. The same books, address and total once more (a double click, a second tab) answer the order
        that is there, even if prices have changed since: it keeps its own. `agreed_total` is the total that the
        shopper saw; nothing else is ever charged. An order that costs nothing needs no payment and is confirmed here.
        Raises EmptyCart, NotAvailable, PriceChanged, OtherOrderOpen.
        """
        with transaction.atomic():
            lines = _locked_lines(cart)
            quote = Quote.of(lines, delivery)
            order = self.model(
                user=user,
                cart=cart,
                email=email,
                **asdict(address),
                delivery_method=delivery,
                delivery_name=delivery.name,
                subtotal=quote.subtotal,
                delivery_price=quote.delivery_price,
                total=quote.total,
                currency=settings.SHOP_CURRENCY,
                hold_expires_at=timezone.now() + timedelta(minutes=settings.ORDER_HOLD_MINUTES),
            )
            order.fingerprint = _fingerprint(order, agreed_total, lines)
            known = self.filter(cart=cart, status=order.Status.PENDING).first()
            if known and known.fingerprint == order.fingerprint and not known.hold_is_over:
                return known
            if quote.total != agreed_total:
                raise PriceChanged(quote)
            if known:
                raise OtherOrderOpen(known)
            _take_books(order, lines)
            _write(order, lines)
            return order


def _locked_lines(cart: Cart) -> list[CartLine]:
    """The cart's lines with their books, locked in the order that every transaction locks them in."""
    list(Cart.objects.select_for_update().filter(pk=cart.pk))
    lines = (
        cart.lines.select_related("book")
        .select_for_update(of=("self", "book"), no_key=True)
        .order_by("book_id")
    )
    if not lines:
        raise EmptyCart("the cart is empty")
    return list(lines)


def _fingerprint(order: "Order", agreed_total: Decimal, lines: list[CartLine]) -> str:
    agreed = [
        order.email,
        *(str(getattr(order, field.name)) for field in fields(Address)),
        str(order.delivery_method.pk),
        f"{agreed_total:.2f}",
        [(line.book_id, line.quantity) for line in lines],
    ]
    return hashlib.sha256(json.dumps(agreed).encode()).hexdigest()


def _take_books(order: "Order", lines: list[CartLine]) -> None:
    if short := [line for line in lines if line.falls_short]:
        raise NotAvailable(short)
    try:
        Book.objects.take({line.book_id: line.quantity for line in lines}, order_id=order.pk)
    except OutOfStock as shortage:
        raise NotAvailable([line for line in lines if line.book_id in shortage.available]) from shortage


def _write(order: "Order", lines: list[CartLine]) -> None:
    order.save(force_insert=True)
    order.lines.bulk_create(
        order.lines.model(
            order=order,
            book=line.book,
            isbn13=line.book.isbn13,
            title=line.book.title,
            unit_price=line.book.price,
            quantity=line.quantity,
        )
        for line in lines
    )
    order.note(order.events.model.Kind.PLACED)
    if order.total:
        Payment.objects.create(order=order, amount=order.total, currency=order.currency)
    else:
        _accept_without_payment(order)
    logger.info("Order %s placed", order.pk)


def _accept_without_payment(order: "Order") -> None:
    """What costs nothing needs no PaymentIntent: Stripe would refuse it."""
    from .acceptance import accept, empty_cart  # these know the models, and the models know this module

    accept(order)
    empty_cart(order)
