"""Parcels go out: a whole order, or some of its books now and the rest later."""

import logging
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce

from bookstore.accounts.models import User
from payments.models import Payment

from . import mails
from .models import Order, OrderEvent, OrderLine, OrderMail, RefundedLine, Shipment, ShippedLine

logger = logging.getLogger(__name__)


class NotToShip(ValueError):
    """More copies than are left to ship, or none."""


def left_to_ship(order: Order) -> dict[int, int]:
    """Copies still to be shipped, by primary key of the line; lines without any are left out."""
    gone = dict(_copies(ShippedLine, order, "quantity"))
    withdrawn = dict(_copies(RefundedLine, order, "withdrawn"))
    lines = order.lines.values_list("pk", "quantity")
    left = {pk: quantity - gone.get(pk, 0) - withdrawn.get(pk, 0) for pk, quantity in lines}
    return {pk: copies for pk, copies in left.items() if copies > 0}


@transaction.atomic
def ship(
    order: Order,
    copies: Mapping[int, int] | None = None,
    *,
    key: UUID,
    carrier: str = "",
    tracking: str = "",
    actor: User | None = None,
) -> Shipment:
    """Note a parcel and owe the mail; the order is SHIPPED when nothing is left to ship.

    `copies` by primary key of the line; None: all that is left. The same key ships once. Raises NotToShip, and
    Order.WrongStatus (Order.Refunded when all of the money went back).
    """
    Payment.objects.select_for_update(of=("self",)).filter(
        order=order
    ).first()  # before the order, as everywhere
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if known := Shipment.objects.filter(key=key).first():
        return known
    order.check_can_be_shipped()
    left = left_to_ship(order)
    copies = left if copies is None else {pk: n for pk, n in copies.items() if n}
    if not copies or any(not 0 < n <= left.get(pk, 0) for pk, n in copies.items()):
        raise NotToShip(f"order {order.pk} has other copies left to ship")
    shipment = Shipment.objects.create(key=key, order=order, carrier=carrier, tracking=tracking, actor=actor)
    ShippedLine.objects.bulk_create(
        ShippedLine(shipment=shipment, line_id=pk, quantity=n) for pk, n in copies.items()
    )
    _tell(order, shipment, is_last=copies == left)
    return shipment


def _tell(order: Order, shipment: Shipment, *, is_last: bool) -> None:
    words = ", ".join(filter(None, [shipment.carrier, shipment.tracking]))
    if is_last:
        order.ship(actor=shipment.actor, text=words)
    else:
        parcel = ", ".join(str(line) for line in shipment.lines.select_related("line"))
        order.note(OrderEvent.Kind.SHIPPED, f"In part: {parcel}. {words}".strip(), actor=shipment.actor)
    mails.owe(order, OrderMail.Kind.SHIPPED, about=str(shipment.pk))
    logger.info("Parcel %s of order %s went out", shipment.pk, order.pk)


def _copies(
    model: type[ShippedLine] | type[RefundedLine], order: Order, column: str
) -> list[tuple[int, int]]:
    lines = OrderLine.objects.filter(order=order)
    counted = model.objects.filter(line__in=lines).values("line").annotate(n=Coalesce(Sum(column), 0))
    return list(counted.values_list("line", "n"))
