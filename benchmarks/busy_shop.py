"""A shop with many orders in all states, written in bulk as the shop itself would have left them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from bookstore.catalog.isbn import isbn13_from
from bookstore.catalog.models import Book, StockMovement
from orders.models import DeliveryMethod, Order, OrderEvent, OrderLine, OrderMail, Shipment, ShippedLine
from payments.models import MirroredPaymentIntent, Payment, Refund, StripeEvent

BOOKS = 2_000
COPIES = 10_000
PRICE, DELIVERY = Decimal("9.99"), Decimal("2.95")
TOTAL = 2 * PRICE + DELIVERY
BATCH = 2_000
PADDING = "x" * 1_500
"""About what Stripe's objects weigh."""

FATES = 13 * ["DELIVERED"] + 2 * ["SHIPPED"] + 2 * ["CONFIRMED"] + 2 * ["CANCELED"] + ["PENDING"]
STEPS = {
    "PENDING": ["placed"],
    "CANCELED": ["placed", "canceled"],
    "CONFIRMED": ["placed", "confirmed"],
    "SHIPPED": ["placed", "confirmed", "shipped"],
    "DELIVERED": ["placed", "confirmed", "shipped", "delivered"],
}
READ = (
    Order, OrderLine, OrderEvent, OrderMail, Shipment, ShippedLine, StockMovement, Payment, Refund, StripeEvent,
    MirroredPaymentIntent,
)  # fmt: skip


def fill(orders: int) -> None:
    books = _books()
    delivery = DeliveryMethod.objects.create(name="Standard", price=DELIVERY)
    numbers = iter(range(orders))
    while some := list(islice(numbers, BATCH)):
        with transaction.atomic():
            _write([_order(n, delivery) for n in some], books)
    Book.objects.update(
        stock=models.Subquery(
            StockMovement.objects.filter(book=models.OuterRef("pk"))
            .order_by()
            .values("book")
            .annotate(copies=models.Sum("delta"))
            .values("copies")
        )
    )


def read_all() -> int:
    """Every row of the tables that the audit looks at, once. Answers how many there are."""
    read = 0
    with connection.cursor() as cursor:
        for model in READ:
            # A column of each row that no index has, so that the table itself is read.
            column = connection.ops.quote_name(str(model._meta.concrete_fields[-1].column))
            cursor.execute(f"SELECT COUNT(*), MAX(CAST({column} AS text)) FROM {model._meta.db_table}")  # noqa: S608
            read += cursor.fetchone()[0]
    return read


def _books() -> list[Book]:
    books = Book.objects.bulk_create(
        Book(isbn13=isbn13_from(n), slug=f"book-{n}", title=f"Book {n}", price=PRICE) for n in range(BOOKS)
    )
    StockMovement.objects.bulk_create(
        StockMovement(book=book, delta=COPIES, reason="received") for book in books
    )
    return books


def _order(n: int, delivery: DeliveryMethod) -> Order:
    now = timezone.now()
    fate, at = FATES[n % len(FATES)], now - timedelta(days=n % 365)
    is_paid, is_sent = fate in Order.PAID, fate in ("SHIPPED", "DELIVERED")
    return Order(
        email="ada@example.com",
        full_name="Ada Reader",
        address_line1="12 Endpaper Lane",
        city="Leeds",
        postal_code="LS1 4AP",
        country="GB",
        fingerprint=f"{n:064}",
        delivery_method=delivery,
        delivery_name=delivery.name,
        subtotal=2 * PRICE,
        delivery_price=DELIVERY,
        total=TOTAL,
        currency="gbp",
        status=fate,
        placed_at=at,
        hold_expires_at=now + timedelta(minutes=30) if fate == "PENDING" else None,
        cancel_reason="expired" if fate == "CANCELED" else "",
        canceled_at=at if fate == "CANCELED" else None,
        confirmed_at=at if is_paid else None,
        shipped_at=at if is_sent else None,
        delivered_at=at if fate == "DELIVERED" else None,
        cart_emptied_at=at if is_paid else None,
    )


def _write(orders: list[Order], books: list[Book]) -> None:
    Order.objects.bulk_create(orders)
    lines = OrderLine.objects.bulk_create(
        OrderLine(order=order, book=book, isbn13=book.isbn13, title=book.title, unit_price=PRICE, quantity=1)
        for n, order in enumerate(orders)
        for book in (books[n % BOOKS], books[(n + 7) % BOOKS])
    )
    StockMovement.objects.bulk_create(movement for line in lines for movement in _movements(line))
    OrderEvent.objects.bulk_create(
        OrderEvent(order=order, kind=kind, at=order.placed_at)
        for order in orders
        for kind in STEPS[order.status]
    )
    payments = Payment.objects.bulk_create(_payment(order) for order in orders)
    StripeEvent.objects.bulk_create(event for payment in payments for event in _events(payment))
    MirroredPaymentIntent.objects.bulk_create(_mirrored(payment) for payment in payments)
    Refund.objects.bulk_create(_refund(payment) for payment in payments if payment.amount_refunded)
    _ship([order for order in orders if order.shipped_at], lines)
    _mails(orders, payments)


def _movements(line: OrderLine) -> Iterator[StockMovement]:
    order = line.order
    yield StockMovement(book=line.book, delta=-1, reason="held", order_id=order.pk, at=order.placed_at)
    if order.status == "CANCELED":
        yield StockMovement(book=line.book, delta=1, reason="released", order_id=order.pk, at=order.placed_at)


def _payment(order: Order) -> Payment:
    is_refunded = order.status == "DELIVERED" and order.pk.int % 15 == 0
    status = {"PENDING": "PENDING", "CANCELED": "CANCELED"}.get(order.status, "COMPLETED")
    return Payment(
        order=order,
        stripe_payment_id=f"pi_{order.pk.hex}",
        amount=order.total,
        currency=order.currency,
        status="PARTIALLY_REFUNDED" if is_refunded else status,
        amount_refunded=PRICE if is_refunded else 0,
        created_at=order.placed_at,
        opened_at=order.placed_at,
        completed_at=order.confirmed_at,
        canceled_at=order.canceled_at,
    )


def _events(payment: Payment) -> Iterator[StripeEvent]:
    outcome = {"PENDING": "processing", "CANCELED": "canceled"}.get(payment.status, "succeeded")
    for n, what in enumerate(("created", outcome)):
        yield StripeEvent(
            id=f"evt_{n}{payment.pk.hex}",
            type=f"payment_intent.{what}",
            livemode=settings.STRIPE_LIVE_MODE,
            created_at=payment.created_at,
            received_at=payment.created_at,
            processed_at=payment.created_at,
            payload={"id": f"evt_{n}{payment.pk.hex}", "data": {"object": _intent(payment)}},
        )


def _intent(payment: Payment) -> dict[str, Any]:
    return {"id": payment.stripe_payment_id, "object": "payment_intent", "of_no_interest": PADDING}


def _mirrored(payment: Payment) -> MirroredPaymentIntent:
    return MirroredPaymentIntent(
        id=payment.stripe_payment_id, livemode=settings.STRIPE_LIVE_MODE, stripe_data=_intent(payment)
    )


def _refund(payment: Payment) -> Refund:
    return Refund(
        payment=payment,
        intent_id=payment.stripe_payment_id or "",
        stripe_refund_id=f"re_{payment.pk.hex}",
        amount=payment.amount_refunded,
        currency=payment.currency,
        status="SUCCEEDED",
        reason="requested_by_customer",
        created_at=payment.created_at,
    )


def _ship(orders: list[Order], lines: list[OrderLine]) -> None:
    parcels = Shipment.objects.bulk_create(Shipment(order=order, at=_sent(order)) for order in orders)
    by_order = {parcel.order_id: parcel for parcel in parcels}
    ShippedLine.objects.bulk_create(
        ShippedLine(shipment=by_order[line.order_id], line=line, quantity=1)
        for line in lines
        if line.order_id in by_order
    )
    OrderMail.objects.bulk_create(_mail(parcel.order, "shipped", about=str(parcel.pk)) for parcel in parcels)


def _sent(order: Order) -> datetime:
    return order.shipped_at or order.placed_at


def _mails(orders: list[Order], payments: list[Payment]) -> None:
    OrderMail.objects.bulk_create(_mail(order, "confirmation") for order in orders if order.confirmed_at)
    OrderMail.objects.bulk_create(
        _mail(refund.payment.order, "refunded", about=str(refund.pk))
        for refund in Refund.objects.filter(payment__in=payments).select_related("payment__order")
    )


def _mail(order: Order, kind: str, *, about: str = "") -> OrderMail:
    return OrderMail(order=order, kind=kind, about=about, created_at=order.placed_at, sent_at=order.placed_at)
