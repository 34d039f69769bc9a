"""Mails that orders owe their shoppers."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from orders.mails import TELLS_OF, TELLS_OF_EACH
from orders.models import Order, OrderMail, Shipment
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
    yield from (_untold(kind, reason) for kind, reason in TELLS_OF.items())
    for kind, reason in TELLS_OF_EACH.items():
        yield Rule("order {}: {} refunds went through, {} mails tell of it", _refunds_untold(kind, reason))
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


def _untold(kind: OrderMail.Kind, reason: Refund.Reason) -> Rule:
    """Of money paid too late the shopper hears at once."""
    owed = OrderMail.objects.filter(kind=kind, order=OuterRef("payment__order"))
    return Rule(
        "order {}: money goes back ({}), and the shopper is not told",
        Refund.objects.filter(reason=reason)
        .exclude(Exists(owed))
        .values_list("payment__order__number", "reason"),
    )


def _refunds_untold(kind: OrderMail.Kind, reason: Refund.Reason) -> Iterable[tuple[Any, ...]]:
    """A refund may fail after its mail, so there may be more mails."""
    refunds = Refund.objects.filter(reason=reason, status=Refund.Status.SUCCEEDED)
    mails = OrderMail.objects.filter(kind=kind, order=OuterRef("payment__order"))
    told = mails.order_by().values("order").annotate(mails=Count("pk")).values("mails")
    by_order = refunds.order_by().values("payment__order__number", "payment__order")
    counted = by_order.annotate(refunds=Count("pk"), told=Coalesce(Subquery(told), 0))
    return counted.filter(told__lt=F("refunds")).values_list("payment__order__number", "refunds", "told")


def _forgotten() -> QuerySet[OrderMail]:
    due = timezone.now() - PATIENCE
    waiting = OrderMail.objects.unsent().filter(created_at__lte=due)
    claimed = Q(claimed_at__gt=due)
    to_be_retried = Q(retry_at__gt=due)
    return waiting.exclude(claimed).exclude(to_be_retried)
