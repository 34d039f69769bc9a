"""Packing slips: one sheet for each order, with what is left to ship, and no prices: the parcel may be a gift."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from orders.models import Order, OrderLine
from payments.models import Payment


@dataclass(frozen=True)
class Slip:
    order: Order
    lines: list[tuple[OrderLine, int]]
    """With the copies that are left to ship."""

    @property
    def is_partial(self) -> bool:
        """Other parcels went out before, or books were refunded."""
        return sum(left for _, left in self.lines) < sum(line.quantity for line in self.order.lines.all())


def slips(orders: QuerySet[Order]) -> list[Slip]:
    """The oldest order first; those that cannot be shipped now are left out. As many queries for many as for one."""
    ready = orders.filter(status=Order.Status.CONFIRMED).exclude(payment__status=Payment.Status.REFUNDED)
    found = ready.order_by("placed_at").prefetch_related("lines__shipped", "lines__refunded")
    made = (Slip(order, _left(order.lines.all())) for order in found)
    return [slip for slip in made if slip.lines]


def left_of(line: OrderLine) -> int:
    """As orders.shipping.left_to_ship counts, for lines whose `shipped` and `refunded` are prefetched."""
    gone = sum(part.quantity for part in line.shipped.all())
    return line.quantity - gone - sum(part.withdrawn for part in line.refunded.all())


def _left(lines: Iterable[OrderLine]) -> list[tuple[OrderLine, int]]:
    return [(line, left) for line in lines if (left := left_of(line)) > 0]
