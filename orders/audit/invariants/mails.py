"""Mails that orders owe their shoppers."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from orders.mails import TELLS_OF_EACH
from orders.models import Order, OrderEvent, OrderMail, Shipment
from orders.models.mail import CLAIM_LIFETIME
from payments.models import Refund

from ..registry import Rule, invariant

PATIENCE = CLAIM_LIFETIME + timedelta(minutes=10)
"""A mail may wait so long for a worker that died, and for the sweep that takes over."""


@invariant(
    12,
    "A mail of a kind is owed once, and where it is due; none lies forgotten",
    unit="mails",
    count=OrderMail.objects.count,
)
def mails_are_owed_once() -> Iterator[Rule]:
    pairs = OrderMail.objects.order_by().values("order_id", "kind", "about").annotate(times=Count("*"))
    yield Rule(
        "the order with id {} owes the mail {} {} {} times",
        pairs.filter(times__gt=1).values_list("order_id", "kind", "about", "times"),
    )
    confirmation = OrderMail.objects.filter(kind=OrderMail.Kind.CONFIRMATION)
    unconfirmed = Order.objects.paid().exclude(Exists(confirmation.filter(order=OuterRef("pk"))))
    yield Rule("order {} is {}, and owes no confirmation", unconfirmed.values_list("number", "status"))
    untrue = confirmation.filter(order__confirmed_at=None)
    yield Rule(
        "order {} is {}, but its confirmation is owed", untrue.values_list("order__number", "order__status")
    )
    yield Rule("order {}: confirmed {} times, {} confirmations are owed", _revived_untold(confirmation))
    yield _late_money_untold()
    gone = Refund.objects.filter(status=Refund.Status.SUCCEEDED)  # and may fail after its mail
    for kind, reason in TELLS_OF_EACH.items():
        untold = _refunds_untold(kind, gone.filter(reason=reason))
        yield Rule("order {}: {} refunds went through, {} mails tell of it", untold)
    of_cancellations = Refund.objects.filter(reason=Refund.Reason.CANCELED_BY_SHOP)
    untold = _refunds_untold(OrderMail.Kind.CANCELED_BY_SHOP, of_cancellations)
    yield Rule("order {}: {} refunds of cancellations, {} mails tell of them", untold)
    owed = OrderMail.objects.filter(kind=OrderMail.Kind.SHIPPED, order=OuterRef("order"))
    told = owed.filter(about=Cast(OuterRef("pk"), CharField()))
    yield Rule(
        "order {}: parcel {} went out, and no mail is owed",
        Shipment.objects.exclude(Exists(told)).order_by().values_list("order__number", "pk"),
    )
    yield Rule(
        "order {}: the mail {} waits since {}",
        _forgotten().values_list("order__number", "kind", "created_at"),
    )


def _revived_untold(confirmations: QuerySet[OrderMail]) -> QuerySet[Order, tuple[Any, ...]]:
    """Of orders that went on after they had ended: one confirmation each time."""
    begun = OrderEvent.objects.filter(kind__in=(OrderEvent.Kind.CONFIRMED, OrderEvent.Kind.REVIVED))
    revived = Order.objects.filter(
        Exists(OrderEvent.objects.filter(kind=OrderEvent.Kind.REVIVED, order=OuterRef("pk")))
    )
    counted = revived.annotate(begun=_number(begun), told=_number(confirmations))
    return counted.filter(told__lt=F("begun")).values_list("number", "begun", "told")


def _number(rows_of_orders: QuerySet[Any], order: str = "pk") -> Coalesce:
    """How many there are of one order; `order` leads to it from the row that asks."""
    rows = rows_of_orders.filter(order=OuterRef(order)).order_by().values("order")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


def _late_money_untold() -> Rule:
    """Of money paid too late the shopper hears at once."""
    owed = OrderMail.objects.filter(kind=OrderMail.Kind.REFUNDED_LATE, order=OuterRef("payment__order"))
    return Rule(
        "order {}: money goes back ({}), and the shopper is not told",
        Refund.objects.filter(reason=Refund.Reason.LATE_PAYMENT)
        .exclude(Exists(owed))
        .values_list("payment__order__number", "reason"),
    )


def _refunds_untold(kind: OrderMail.Kind, refunds: QuerySet[Refund]) -> Iterable[tuple[Any, ...]]:
    """Orders with fewer mails of a kind than refunds."""
    told = _number(OrderMail.objects.filter(kind=kind), "payment__order")
    by_order = refunds.order_by().values("payment__order__number", "payment__order")
    counted = by_order.annotate(refunds=Count("pk"), told=told)
    return counted.filter(told__lt=F("refunds")).values_list("payment__order__number", "refunds", "told")


def _forgotten() -> QuerySet[OrderMail]:
    due = timezone.now() - PATIENCE
    waiting = OrderMail.objects.unsent().filter(created_at__lte=due)
    claimed = Q(claimed_at__gt=due)
    to_be_retried = Q(retry_at__gt=due)
    return waiting.exclude(claimed).exclude(to_be_retried)
