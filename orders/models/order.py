"""Goods and prices as agreed at checkout."""

import secrets
import uuid
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Round
from django.urls import reverse
from django.utils import timezone

from bookstore.accounts.models import User
from bookstore.catalog.models import Book
from bookstore.templatetags.money import money
from cart.models import Cart, CartLine
from orders.addresses import Address
from orders.placing import PlacesOrders
from payments.models import Payment

from .delivery import DeliveryMethod
from .history import OrderEvent

NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like another


def new_number() -> str:
    """An order number that nobody can guess (68 bits) and anybody can read out: `7QK2M-4TR8X-9WZB`."""
    drawn = "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(14))
    return f"{drawn[:5]}-{drawn[5:10]}-{drawn[10:]}"


class OrderQuerySet(QuerySet["Order"]):
    def of_user(self, user: User | AnonymousUser) -> Self:
        return self.filter(user=user) if user.is_authenticated else self.none()

    def paid(self) -> Self:
        """Orders that the shop has accepted: confirmed, or further on their way."""
        return self.filter(status__in=Order.PAID)

    def short_lines(self, cart: Cart) -> list[CartLine]:
        """Lines of a cart that want more copies than there are, even with those that its own unpaid order holds."""
        open_order = self.filter(cart=cart, status=Order.Status.PENDING).first()
        held = open_order.quantities() if open_order else {}
        lines = cart.lines.select_related("book")
        return [line for line in lines if line.quantity > line.available + held.get(line.book_id, 0)]

    def overdue(self, since: datetime) -> Self:
        """Orders that should have ended before: neither paid nor expired, though no bank is still at it."""
        unpaid = self.hold_ran_out(since).exclude(payment__status=Payment.Status.PROCESSING)
        return unpaid.exclude(payment__status__in=Payment.PAID)

    def hold_ran_out(self, now: datetime) -> Self:
        """Orders that were not paid while their books were held."""
        return self.filter(status=Order.Status.PENDING, hold_expires_at__lte=now)


class Order(models.Model):
    """Goods and prices as agreed at checkout. Books may change, this may not.

    Amounts are Decimal in `currency`. While PENDING the books are held until `hold_expires_at`.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", "Awaiting payment"
        CONFIRMED = "CONFIRMED", "Confirmed"
        SHIPPED = "SHIPPED", "Shipped"
        DELIVERED = "DELIVERED", "Delivered"
        CANCELED = "CANCELED", "Canceled"

    PAID = (Status.CONFIRMED, Status.SHIPPED, Status.DELIVERED)

    class CancelReason(models.TextChoices):
        EXPIRED = "expired", "Not paid in time"
        BY_SHOPPER = "by_shopper", "Canceled by the shopper"
        REPLACED = "replaced", "Replaced by a changed order"
        BY_STAFF = "by_staff", "Canceled by the shop"
        PAYMENT_CANCELED = "payment_canceled", "The payment was canceled"

    class WrongStatus(Exception):
        """The order's status does not allow this."""

    class Refunded(WrongStatus):
        """The money has gone back, so the goods stay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, unique=True, default=new_number, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    cart = models.ForeignKey(Cart, models.SET_NULL, null=True, blank=True, related_name="+")
    fingerprint = models.CharField(
        max_length=64, editable=False, help_text="What was agreed, to know the same order again"
    )

    email = models.EmailField("e-mail address", max_length=254)
    full_name = models.CharField(max_length=120)
    address_line1 = models.CharField("address", max_length=120)
    address_line2 = models.CharField("address, second line", max_length=120, blank=True)
    city = models.CharField("town or city", max_length=80)
    postal_code = models.CharField("postcode", max_length=16, blank=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 code")

    delivery_method = models.ForeignKey(DeliveryMethod, models.PROTECT, related_name="+")
    delivery_name = models.CharField(max_length=80)
    subtotal = models.DecimalField(max_digits=10, decimal_places=2)
    delivery_price = models.DecimalField(max_digits=10, decimal_places=2)
    tax = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal("0.00"), help_text="On top of the prices"
    )
    total = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)

    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    cancel_reason = models.CharField(max_length=20, choices=CancelReason, blank=True)
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    placed_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    cart_emptied_at = models.DateTimeField(null=True, blank=True)

    objects = PlacesOrders.from_queryset(OrderQuerySet)()

    class Meta:
        ordering: ClassVar = ["-placed_at"]
        permissions = (
            ("ship_order", "Can ship and deliver orders"),
            ("annotate_order", "Can write notes and send mails again"),
            ("cancel_order", "Can cancel orders, paid ones too"),
            ("refund_order", "Can refund up to the limit"),
            ("refund_any_amount", "Can refund more than the limit"),
            ("revive_order", "Can take canceled orders up again"),
            ("export_orders", "Can export orders, payments and refunds"),
            ("view_takings", "Can see the dashboard of takings"),
        )
        constraints = (
            models.CheckConstraint(
                # rounded, since SQLite adds in floating point
                condition=Q(total=Round(F("subtotal") + F("delivery_price") + F("tax"), 2)),
                name="order_total_is_sum",
            ),
            models.CheckConstraint(
                condition=Q(subtotal__gte=0, delivery_price__gte=0, tax__gte=0),
                name="order_amounts_are_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(status="PENDING") | Q(hold_expires_at__isnull=False),
                name="order_pending_has_hold",
            ),
            models.CheckConstraint(
                condition=~Q(status="CONFIRMED") | Q(confirmed_at__isnull=False),
                name="order_confirmed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="SHIPPED") | Q(confirmed_at__isnull=False, shipped_at__isnull=False),
                name="order_shipped_has_times",
            ),
            models.CheckConstraint(
                condition=~Q(status="DELIVERED")
                | Q(confirmed_at__isnull=False, shipped_at__isnull=False, delivered_at__isnull=False),
                name="order_delivered_has_times",
            ),
            models.CheckConstraint(
                condition=~Q(status="CANCELED") | (Q(canceled_at__isnull=False) & ~Q(cancel_reason="")),
                name="order_canceled_has_time_and_reason",
            ),
            models.UniqueConstraint(
                fields=["cart"], condition=Q(status="PENDING"), name="order_pending_is_one_per_cart"
            ),
        )
        indexes = (
            models.Index("hold_expires_at", name="order_hold", condition=Q(status="PENDING")),
            models.Index(fields=["user", "-placed_at"], name="order_of_user"),
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["confirmed_at", "currency", "total"], name="order_accepted"),
        )

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:status", args=[self.number])

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING

    @property
    def hold_is_over(self) -> bool:
        """The books are no longer promised to this order: its time has run out, or it has ended."""
        return self.hold_expires_at is None or self.hold_expires_at <= timezone.now()

    @property
    def is_paid(self) -> bool:
        """Accepted by the shop: confirmed, or further on its way."""
        return self.status in self.PAID

    @property
    def address(self) -> Address:
        return Address(**{field.name: getattr(self, field.name) for field in fields(Address)})

    def quantities(self) -> dict[int, int]:
        """Copies by primary key of the book."""
        return dict(self.lines.values_list("book_id", "quantity"))

    @transaction.atomic
    def confirm(self) -> bool:
        """Accept the money: the books that were held are sold. False: accepted before, so replays are harmless."""
        moved = self._move(
            self.Status.PENDING,
            self.Status.CONFIRMED,
            hold_expires_at=None,
            confirmed_at=timezone.now(),
            cancel_reason="",
        )
        if moved:
            self.note(OrderEvent.Kind.CONFIRMED, f"{money(self.total, self.currency)} received")
        elif not self.is_paid:
            raise self.WrongStatus(f"order {self.pk} is {self.status}, cannot be confirmed")
        return moved

    @transaction.atomic
    def cancel(self, reason: str = CancelReason.PAYMENT_CANCELED) -> bool:
        """Give the books back to the shelf. False: canceled before. Call it when no payment can come any more."""
        reason = self.cancel_reason or reason
        moved = self._move(
            self.Status.PENDING,
            self.Status.CANCELED,
            hold_expires_at=None,
            canceled_at=timezone.now(),
            cancel_reason=reason,
        )
        if moved:
            Book.objects.put_back(self.quantities(), order_id=self.pk)
            self.note(OrderEvent.Kind.CANCELED, self.get_cancel_reason_display())
        elif self.status != self.Status.CANCELED:
            raise self.WrongStatus(f"order {self.pk} is {self.status}, cannot be canceled")
        return moved

    @transaction.atomic
    def take_back(self, reason: str, *, actor: User | None = None) -> bool:
        """Cancel an order that was accepted. The caller sees to its money and its books. False: canceled before."""
        moved = self._move(
            self.Status.CONFIRMED,
            self.Status.CANCELED,
            canceled_at=timezone.now(),
            cancel_reason=self.CancelReason.BY_STAFF,
        )
        if moved:
            self.note(OrderEvent.Kind.CANCELED, reason, actor=actor)
        elif self.status != self.Status.CANCELED:
            raise self.WrongStatus(f"order {self.pk} is {self.status}, cannot be canceled")
        return moved

    @transaction.atomic
    def revive(self, why: str = "The payment came late; the books were still there") -> None:
        """Accept money for an order that had ended, taking the books again. `why` is a line of the history.

        Raises bookstore.catalog.models.OutOfStock when they are gone; nothing has changed then.
        """
        Book.objects.take(self.quantities(), order_id=self.pk)
        moved = self._move(
            self.Status.CANCELED,
            self.Status.CONFIRMED,
            confirmed_at=timezone.now(),
            canceled_at=None,
            cancel_reason="",
        )
        if not moved:  # the books just taken go back with the transaction
            raise self.WrongStatus(f"order {self.pk} is {self.status}, cannot be revived")
        self.note(OrderEvent.Kind.REVIVED, why)

    @transaction.atomic
    def ship(self, *, actor: User | None = None, text: str = "") -> bool:
        """All parcels are on their way. False: shipped before. Raises Refunded when all of the money went back."""
        if self.status not in (self.Status.SHIPPED, self.Status.DELIVERED):
            self.check_can_be_shipped()
        moved = self._move(self.Status.CONFIRMED, self.Status.SHIPPED, shipped_at=timezone.now())
        if moved:
            self.note(OrderEvent.Kind.SHIPPED, text, actor=actor)
        elif self.status not in (self.Status.SHIPPED, self.Status.DELIVERED):
            raise self.WrongStatus(f"order {self.pk} is {self.status}, cannot be shipped")
        return moved

    def check_can_be_shipped(self) -> None:
        """Raises WrongStatus unless the order is confirmed, and Refunded when all of its money went back."""
        if self.status == self.Status.CONFIRMED and self._is_refunded():
            raise self.Refunded(f"order {self.pk} is refunded in full, cannot be shipped")
        if self.status != self.Status.CONFIRMED:
            raise self.WrongStatus(f"order {self.pk} is {self.status}, cannot be shipped")

    def _is_refunded(self) -> bool:
        """Whether all of the money went back, looked up under the payment's lock, so that no refund is missed."""
        payment = Payment.objects.select_for_update(of=("self",)).filter(order=self).first()
        return payment is not None and payment.status == Payment.Status.REFUNDED

    @transaction.atomic
    def deliver(self, *, actor: User | None = None) -> bool:
        """The parcel has arrived. False: delivered before."""
        moved = self._move(self.Status.SHIPPED, self.Status.DELIVERED, delivered_at=timezone.now())
        if moved:
            self.note(OrderEvent.Kind.DELIVERED, actor=actor)
        elif self.status != self.Status.DELIVERED:
            raise self.WrongStatus(f"order {self.pk} is {self.status}, cannot be delivered")
        return moved

    def note(self, kind: OrderEvent.Kind, text: str = "", *, actor: User | None = None) -> OrderEvent:
        """Write a line of the order's history."""
        return OrderEvent.objects.create(order=self, kind=kind, text=text[:300], actor=actor)

    def _move(self, source: Status, target: Status, **changes: object) -> bool:
        """Change the status where it still is `source`; the row then shows what the database holds."""
        in_source = Order.objects.filter(pk=self.pk, status=source)
        moved = in_source.update(status=target, **changes)
        self.refresh_from_db(fields=["status", *changes])
        return bool(moved)


class OrderLine(models.Model):
    """One book of an order, as it was described and priced when the order was placed."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    book = models.ForeignKey(Book, models.PROTECT, related_name="+")
    isbn13 = models.CharField("ISBN-13", max_length=13)
    title = models.CharField(max_length=250)
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints = (
            models.UniqueConstraint(fields=["order", "book"], name="order_line_is_unique"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_quantity_is_positive"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="order_line_price_is_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.quantity
