"""Mails that orders owe their shoppers."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from orders.mails import TELLS_OF
from orders.models import Order, OrderMail
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
    pairs = OrderMail.objects.order_by().values("order__number", "kind").annotate(times=Count("pk"))
    yield Rule(
        "order {} owes {} {} times", pairs.filter(times__gt=1).values_list("order__number", "kind", "times")
    )
    confirmation = OrderMail.objects.filter(kind=OrderMail.Kind.CONFIRMATION)
    unconfirmed = Order.objects.paid().exclude(Exists(confirmation.filter(order=OuterRef("pk"))))
    yield Rule("order {} is {}, and owes no confirmation", unconfirmed.values_list("number", "status"))
    untrue = confirmation.exclude(order__status__in=Order.PAID)
    yield Rule(
        "order {} is {}, but its confirmation is owed", untrue.values_list("order__number", "order__status")
    )
    yield from (_untold(kind, reason) for kind, reason in TELLS_OF.items())
    yield Rule(
        "order {}: the mail {} waits since {}",
        _forgotten().values_list("order__number", "kind", "created_at"),
    )


def _untold(kind: OrderMail.Kind, reason: Refund.Reason) -> Rule:
    """Of money paid too late the shopper hears at once, of money paid twice when it is back."""
    refunds = Refund.objects.filter(reason=reason)
    if reason == Refund.Reason.DOUBLE_PAYMENT:
        refunds = refunds.filter(status=Refund.Status.SUCCEEDED)
    owed = OrderMail.objects.filter(kind=kind, order=OuterRef("payment__order"))
    return Rule(
        "order {}: money goes back ({}), and the shopper is not told",
        refunds.exclude(Exists(owed)).values_list("payment__order__number", "reason"),
    )


def _forgotten() -> QuerySet[OrderMail]:
    due = timezone.now() - PATIENCE
    waiting = OrderMail.objects.unsent().filter(created_at__lte=due)
    claimed = Q(claimed_at__gt=due)
    to_be_retried = Q(retry_at__gt=due)
    return waiting.exclude(claimed).exclude(to_be_retried)
