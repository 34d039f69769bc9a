"""What a visitor means to buy. A cart holds no stock and promises no price."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property

from bookstore.catalog.models import Book

from .signals import cart_merging

MAX_COPIES = 99


class CartQuerySet(QuerySet["Cart"]):
    def open(self) -> Self:
        """Carts in use, without those that were merged into another one."""
        return self.filter(merged_into=None)

    def locked(self, pk: int | None) -> "Cart | None":
        """A cart, or the one its books went to at sign-in, locked until the transaction ends. None: it is gone.

        The sign-in may happen at this moment, so a cart is locked before it is asked where its books went.
        """
        while pk is not None:
            cart = self.select_for_update().filter(pk=pk).first()
            if cart is None or cart.merged_into_id is None:
                return cart
            pk = cart.merged_into_id
        return None

    def lock_for_merging(self, cart: "Cart", guest_cart: "Cart") -> bool:
        """Lock both, always in the same order. False: the guest's cart was merged away already, or is gone."""
        both = self.select_for_update().filter(pk__in=(cart.pk, guest_cart.pk)).order_by("pk")
        return any(found.pk == guest_cart.pk and found.merged_into_id is None for found in both)


class Cart(models.Model):
    """Belongs to a user, or to a guest whose session names it. A merged cart points to where its books went."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="cart"
    )
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CartQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(user=None) | Q(merged_into=None), name="cart_of_a_user_is_not_merged_away"
            ),
        )

    def __str__(self) -> str:
        return f"cart {self.pk}"

    def add(self, book: Book, quantity: int = 1) -> "CartLine":
        """Put copies in. Raises NotAvailable when the shop has fewer than the cart would hold; nothing changes then."""
        with self._locked() as cart:
            line = cart.lines.filter(book=book).first() or CartLine(cart=cart, book=book, quantity=0)
            return self._set(line, line.quantity + quantity)

    def change(self, book: Book, quantity: int) -> None:
        """Hold exactly this many copies of a book; 0 takes it out. Raises NotAvailable; the cart is unchanged then."""
        with self._locked() as cart:
            if quantity == 0:
                cart.lines.filter(book=book).delete()
            else:
                self._set(cart.lines.filter(book=book).first() or CartLine(cart=cart, book=book), quantity)

    def take_out(self, quantities: Mapping[int, int]) -> None:
        """Remove what was bought, by primary key of the book. What was added besides stays."""
        with self._locked() as cart:
            bought = cart.lines.filter(book__in=quantities)
            for line in bought:
                if line.quantity > quantities[line.book_id]:
                    bought.filter(pk=line.pk).update(quantity=F("quantity") - quantities[line.book_id])
                else:
                    line.delete()

    def merge(self, guest_cart: "Cart") -> list["CartLine"]:
        """Take over a guest's books at sign-in. Answers the lines that could not hold all copies wanted.

        Two carts may together want more than there is; the line then holds what there is, at least what either held.
        """
        short = []
        with transaction.atomic():
            cart_merging.send(sender=Cart, cart=self, guest_cart=guest_cart)
            if not Cart.objects.lock_for_merging(self, guest_cart):
                return []  # another tab was faster
            mine = {line.book_id: line for line in self.lines.all()}
            for theirs in guest_cart.lines.select_related("book").order_by("book_id"):
                line = mine.get(theirs.book_id) or CartLine(cart=self, book=theirs.book, quantity=0)
                wanted = line.quantity + theirs.quantity
                line.price_when_added = theirs.price_when_added
                line.quantity = max(
                    min(wanted, theirs.book.stock, MAX_COPIES), line.quantity, theirs.quantity
                )
                line.save()
                if line.quantity < wanted:
                    short.append(line)
            guest_cart.lines.all().delete()
            Cart.objects.filter(pk=guest_cart.pk).update(merged_into=self)
            self.__dict__.pop("lines_with_books", None)
        return short

    @property
    def subtotal(self) -> Decimal:
        """What the books cost now, in the shop's currency."""
        return sum((line.total for line in self.lines_with_books), Decimal("0.00"))

    @property
    def copies(self) -> int:
        return sum(line.quantity for line in self.lines_with_books)

    @property
    def falls_short(self) -> bool:
        """Whether the shop cannot give all of it now."""
        return any(line.falls_short for line in self.lines_with_books)

    def holds(self, book: Book) -> bool:
        return any(line.book_id == book.pk for line in self.lines_with_books)

    @cached_property
    def lines_with_books(self) -> list["CartLine"]:
        return list(self.lines.select_related("book").order_by("pk"))

    @contextmanager
    def _locked(self) -> Iterator["Cart"]:
        """The cart to change, which is another one when a sign-in has just merged this one away."""
        with transaction.atomic():
            yield Cart.objects.locked(self.pk) or self
            self.__dict__.pop("lines_with_books", None)

    def _set(self, line: "CartLine", quantity: int) -> "CartLine":
        line.book.refresh_from_db(fields=["price", "stock", "active"])
        most = min(line.book.stock, MAX_COPIES) if line.book.active else 0
        if not 1 <= quantity <= most:
            raise NotAvailable(line.book, wanted=quantity, available=most)
        line.quantity = quantity
        line.price_when_added = line.book.price
        line.save()
        return line


class NotAvailable(Exception):
    """The shop cannot give as many copies as were asked for."""

    def __init__(self, book: Book, *, wanted: int, available: int) -> None:
        super().__init__(f"{wanted} copies of book {book.pk} wanted, {available} available")
        self.book, self.wanted, self.available = book, wanted, available

    @property
    def message(self) -> str:
        """Fit for the shopper."""
        if self.available == 0:
            return f"“{self.book.title}” is sold out at the moment."
        if self.available == MAX_COPIES:
            return f"You can order up to {MAX_COPIES} copies of “{self.book.title}” at once."
        copies = "1 copy" if self.available == 1 else f"{self.available} copies"
        return f"We have only {copies} of “{self.book.title}”."


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    book = models.ForeignKey(Book, models.CASCADE, related_name="+")
    quantity = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MAX_COPIES)]
    )
    price_when_added = models.DecimalField(max_digits=10, decimal_places=2)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["cart", "book"], name="cart_line_is_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_COPIES), name="cart_line_quantity_is_1_to_99"
            ),
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.book_id}"

    @property
    def total(self) -> Decimal:
        return self.book.price * self.quantity

    @property
    def price_changed(self) -> bool:
        return self.book.price != self.price_when_added

    @property
    def available(self) -> int:
        """Copies that can be had now."""
        return min(self.book.stock, MAX_COPIES) if self.book.active else 0

    @property
    def falls_short(self) -> bool:
        return self.available < self.quantity
