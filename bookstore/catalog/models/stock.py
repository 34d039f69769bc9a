"""Every copy of a book is accounted for: `Book.stock` always equals the sum of its movements."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from bookstore.append_only import AppendOnly

from .entry import StockEntry

if TYPE_CHECKING:
    from .book import Book

Quantities = Mapping[int, int]
"""Copies by primary key of the book."""


class OutOfStock(Exception):
    """Not enough copies. `available` tells how many there are, by primary key of the book that falls short."""

    def __init__(self, available: Quantities) -> None:
        super().__init__(f"Not enough copies of books {sorted(available)}")
        self.available = dict(available)


class StockHasMoved(Exception):
    """A count was compared with a stock that is not the stock any more. `now` tells what it is."""

    def __init__(self, now: int) -> None:
        super().__init__(f"The stock is {now} now")
        self.now = now


class StockMovement(AppendOnly):
    """One change of a book's stock; written once, never changed. The database refuses, too (migration 0004)."""

    class Reason(models.TextChoices):
        RECEIVED = "received", "Received"
        HELD = "held", "Held for an order"
        RELEASED = "released", "Released by an order"
        RETURNED = "returned", "Returned"
        CORRECTED = "corrected", "Corrected"

    book = models.ForeignKey("catalog.Book", models.PROTECT, related_name="movements")
    delta = models.IntegerField("copies", help_text="Copies that came (more than 0) or went (less than 0)")
    reason = models.CharField(max_length=10, choices=Reason)
    order_id = models.UUIDField(null=True, blank=True, db_index=True)
    entry = models.ForeignKey(StockEntry, models.PROTECT, null=True, blank=True, related_name="movements")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints = (
            models.CheckConstraint(condition=~models.Q(delta=0), name="stock_movement_moves_something"),
        )

    def __str__(self) -> str:
        return f"{self.delta:+d} {self.get_reason_display()}"


class StockKeeping(QuerySet["Book"]):
    """The ways in which a book's stock changes. All of them write movements in the same transaction."""

    def take(self, quantities: Quantities, *, order_id: UUID) -> None:
        """Hold copies for an order, all or none. Raises OutOfStock; nothing has changed then."""
        self._subtract(quantities, reason=StockMovement.Reason.HELD, order_id=order_id)

    def put_back(
        self,
        quantities: Quantities,
        *,
        order_id: UUID,
        reason: StockMovement.Reason = StockMovement.Reason.RELEASED,
    ) -> None:
        """Give an order's copies back to the shelf."""
        self._add(quantities, reason=reason, order_id=order_id)

    def receive(
        self, book: "Book", copies: int, actor: AbstractBaseUser | None = None, *, note: str = ""
    ) -> None:
        """Copies came from the supplier."""
        if copies < 1:
            raise ValueError("A delivery brings at least one copy.")
        self._add({book.pk: copies}, reason=StockMovement.Reason.RECEIVED, actor=actor, note=note)
        book.refresh_from_db(fields=["stock"])

    def enter_delivery(
        self, quantities: Quantities, actor: AbstractBaseUser | None, *, key: UUID, note: str = ""
    ) -> bool:
        """Copies of many books came together. False: the delivery with this key was entered before."""
        if not quantities or min(quantities.values()) < 1:
            raise ValueError("A delivery brings at least one copy.")
        with transaction.atomic():
            entry, is_new = StockEntry.objects.get_or_create(key=key)
            if is_new:
                reason = StockMovement.Reason.RECEIVED
                self._add(quantities, reason=reason, actor=actor, note=note, entry=entry)
        return is_new

    def receive_all(self, quantities: Quantities) -> None:
        """Many books at once, as when a catalogue is loaded."""
        self._add(quantities, reason=StockMovement.Reason.RECEIVED)

    def correct(self, book: "Book", difference: int, actor: AbstractBaseUser | None, *, note: str) -> None:
        """There are more copies (above 0) or fewer (below 0) than thought; the note says why.

        Raises OutOfStock when more copies are missing than are for sale: the rest is held for orders.
        """
        self._correct(book, difference, actor=actor, note=note)
        book.refresh_from_db(fields=["stock"])

    def enter_correction(
        self, book: "Book", difference: int, actor: AbstractBaseUser | None, *, key: UUID, note: str
    ) -> bool:
        """As `correct`, once for each key. False: it was entered before."""
        with transaction.atomic():
            entry, is_new = StockEntry.objects.get_or_create(key=key)
            if is_new:
                self._correct(book, difference, actor=actor, note=note, entry=entry)
        book.refresh_from_db(fields=["stock"])
        return is_new

    def enter_count(
        self,
        book: "Book",
        counted: int,
        actor: AbstractBaseUser | None,
        *,
        key: UUID,
        note: str,
        thought: int,
    ) -> bool:
        """Somebody counted the copies for sale when there were `thought` to be so many. False: entered before.

        Raises StockHasMoved when others were sold or came meanwhile: what was counted may include them or not.
        """
        with transaction.atomic():
            entry, is_new = StockEntry.objects.get_or_create(key=key)
            if is_new:
                now = self._locked_stock({book.pk: 1})[book.pk]
                if now != thought:
                    raise StockHasMoved(now)
                self._correct(book, counted - now, actor=actor, note=note, entry=entry)
        book.refresh_from_db(fields=["stock"])
        return is_new

    def _correct(self, book: "Book", difference: int, **movement: Any) -> None:
        reason = StockMovement.Reason.CORRECTED
        if difference > 0:
            self._add({book.pk: difference}, reason=reason, **movement)
        elif difference < 0:
            self._subtract({book.pk: -difference}, reason=reason, **movement)

    def _subtract(self, quantities: Quantities, **movement: Any) -> None:
        """Books are locked in primary-key order, so that two orders for the same books wait for each other instead of
        blocking each other for good. The guard in the UPDATE holds where the database has no row locks, too.
        """
        with transaction.atomic():
            available = self._locked_stock(quantities)
            enough = self.filter(pk__in=quantities, stock__gte=_by_book(quantities))
            if enough.update(stock=F("stock") - _by_book(quantities)) != len(quantities):
                raise OutOfStock(
                    {pk: available.get(pk, 0) for pk, n in quantities.items() if available.get(pk, 0) < n}
                )
            _record(quantities, -1, movement)

    def _add(self, quantities: Quantities, **movement: Any) -> None:
        with transaction.atomic():
            self._locked_stock(quantities)
            self.filter(pk__in=quantities).update(stock=F("stock") + _by_book(quantities))
            _record(quantities, +1, movement)

    def _locked_stock(self, quantities: Quantities) -> dict[int, int]:
        books = self.select_for_update(no_key=True).filter(pk__in=quantities).order_by("pk")
        return dict(books.values_list("pk", "stock"))


def _record(quantities: Quantities, sign: int, movement: Mapping[str, Any]) -> None:
    StockMovement.objects.bulk_create(
        StockMovement(book_id=pk, delta=sign * n, **movement) for pk, n in sorted(quantities.items())
    )


def _by_book(quantities: Quantities) -> Case:
    whens = [When(pk=pk, then=Value(n)) for pk, n in quantities.items()]
    return Case(*whens, output_field=models.IntegerField())
