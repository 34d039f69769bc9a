"""The shop without its guards, for the controls: each takes one guard away, and the race it held off must be lost."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from bookstore.catalog.models import Book, OutOfStock, StockMovement
from bookstore.catalog.models.stock import StockKeeping
from cart.models import Cart
from orders import placing
from orders.models import OrderMail
from payments import gateway, inbox, intents, refunds, settlement, signals
from payments.models import Payment, StripeEvent
from payments.models.payment import PaymentQuerySet


def payments_unlocked(patch: pytest.MonkeyPatch) -> None:
    """Payments are read as if nobody else were there."""
    patch.setattr(PaymentQuerySet, "select_for_update", lambda payments, **options: payments.all())


def payment_and_refund_unlocked(patch: pytest.MonkeyPatch, meet: Callable[[UUID], object]) -> None:
    """News of a payment and of its refund both read the payment before either writes."""
    payments_unlocked(patch)
    move, row_of = settlement._move, refunds._row_of
    patch.setattr(settlement, "_move", lambda payment, *news: (meet(payment.pk), move(payment, *news))[1])
    patch.setattr(refunds, "_row_of", lambda news, payment: (meet(payment.pk), row_of(news, payment))[1])


def every_delivery_is_new(patch: pytest.MonkeyPatch) -> None:
    """The inbox has neither lock nor memory, and settlement neither."""

    def unlocked(envelope: inbox.Envelope) -> StripeEvent:
        StripeEvent.objects.bulk_create([StripeEvent(**vars(envelope))], ignore_conflicts=True)
        return StripeEvent(**vars(envelope))

    patch.setattr(inbox, "_stored", unlocked)
    payments_unlocked(patch)
    patch.setattr(Payment, "is_paid", False)


def books_unguarded(patch: pytest.MonkeyPatch, meet: Callable[[int], object] = lambda book: None) -> None:
    """As careless code does: look whether there are enough, then write down what should be left.

    `meet` is called with the book's key in between.
    """

    def subtract(books: StockKeeping, quantities: dict[int, int], **movement: object) -> None:
        for pk, copies in quantities.items():
            stock = Book.objects.get(pk=pk).stock
            if stock < copies:
                raise OutOfStock({pk: stock})
            meet(pk)
            Book.objects.filter(pk=pk).update(stock=stock - copies)
            StockMovement.objects.create(book_id=pk, delta=-copies, **movement)

    patch.setattr(StockKeeping, "_subtract", subtract)
    carts_unlocked(patch)


def carts_unlocked(patch: pytest.MonkeyPatch) -> None:
    """Placing reads cart and books without locking them."""

    def lines(cart: Cart) -> list:
        if found := list(cart.lines.select_related("book")):
            return found
        raise placing.EmptyCart

    patch.setattr(placing, "_locked_lines", lines)


def ends_without_asking_stripe(patch: pytest.MonkeyPatch) -> None:
    """The order ends here, and Stripe may still take money for it."""

    @transaction.atomic
    def cancel(payment: Payment) -> None:
        payment = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
        if payment.is_open:
            payment.status, payment.canceled_at = Payment.Status.CANCELED, timezone.now()
            payment.save()
            signals.payment_canceled.send(sender=Payment, payment=payment)

    patch.setattr(intents, "cancel", cancel)


def a_key_for_each_call(patch: pytest.MonkeyPatch, name: str, meet: Callable[[], object]) -> None:
    """Every call to the gateway takes an idempotency key of its own."""
    create = getattr(gateway, name)

    def with_another_key(row: object) -> object:
        meet()
        row.attempt = uuid4()
        return create(row)

    patch.setattr(gateway, name, with_another_key)


def mails_unclaimed(patch: pytest.MonkeyPatch) -> None:
    """Whoever finds a mail that is due sends it."""
    patch.setattr(OrderMail, "claim", lambda mail: True)
