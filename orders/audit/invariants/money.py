"""Payments, their orders, and the money that goes back."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Round
from django.utils import timezone

from orders.models import Order
from payments.models import Attention, Payment, Refund

from ..registry import Rule, invariant, select
from . import constraints

NEWS_ON_ITS_WAY = timedelta(minutes=10)
"""A refund made in Stripe's dashboard may be known before the failure of the one that it replaces."""

FITTING = {
    Order.Status.PENDING: Payment.OPEN,
    Order.Status.CANCELED: (Payment.Status.CANCELED, *Payment.PAID),
    **dict.fromkeys(Order.PAID, Payment.PAID),
}
"""How a payment may stand, by the status of its order. Money for a canceled one goes back (invariant 7)."""

REFUND_WAS_SHOWN = Attention.objects.filter(reason=Attention.Reason.REFUND_FAILED)

UNBALANCED = """
    SELECT orders.number, payment.amount_refunded, COALESCE(gone.total, 0)
    FROM payments_payment payment
    JOIN orders_order orders ON orders.id = payment.order_id
    LEFT JOIN (
        SELECT payment_id, intent_id, SUM(amount) AS total
        FROM payments_refund
        WHERE status IN ('PENDING', 'SUCCEEDED')
        GROUP BY payment_id, intent_id
    ) gone ON gone.payment_id = payment.id AND gone.intent_id = payment.stripe_payment_id
    WHERE payment.status IN ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED')
    AND ROUND(
        payment.amount_refunded
        - CASE WHEN gone.total IS NULL THEN 0 WHEN gone.total > payment.amount THEN payment.amount ELSE gone.total END
    , 2) <> 0
"""


@invariant(
    1,
    "A payment has the amount of its order and is paid when the order is accepted",
    unit="orders",
    count=Order.objects.count,
)
def payments_fit_their_orders() -> Iterator[Rule]:
    unpaid = Order.objects.filter(total__gt=0, payment=None)
    yield Rule("order {} is {} over {} {} and has no payment", unpaid.values_list(*_OF_ORDER))
    fits = Q(amount=F("order__total"), currency=F("order__currency")) & _fits_status()
    yield Rule(
        "order {} is {} over {} {}, its payment is {} over {} {}",
        Payment.objects.exclude(fits).values_list(
            *(f"order__{name}" for name in _OF_ORDER), "status", "amount", "currency"
        ),
    )
    several = Payment.objects.values_list("order_id").annotate(payments=Count("*")).filter(payments__gt=1)
    yield Rule("the order with id {} has {} payments", several)


_OF_ORDER = ("number", "status", "total", "currency")


def _fits_status() -> Q:
    fits = Q(pk__in=[])
    for status, payment_statuses in FITTING.items():
        fits |= Q(order__status=status, status__in=payment_statuses)
    return fits


@invariant(
    3,
    "A PaymentIntent is of one payment, a refund at Stripe of one refund",
    unit="payments",
    count=Payment.objects.count,
)
def intents_belong_to_one_payment() -> Iterator[Rule]:
    yield Rule("{} payments have the intent {}", _repeated(Payment.objects.all(), "stripe_payment_id"))
    yield Rule("{} refunds are {} at Stripe", _repeated(Refund.objects.all(), "stripe_refund_id"))
    without = Payment.objects.filter(status__in=Payment.PAID, stripe_payment_id=None)
    yield Rule("order {} is paid by no intent", without.values_list("order__number"))
    others = Payment.objects.filter(stripe_payment_id=OuterRef("intent_id")).exclude(
        pk=OuterRef("payment_id")
    )
    yield Rule(
        "refund {} of order {} gives back money of {}, which is another payment's",
        Refund.objects.filter(Exists(others)).values_list("pk", "payment__order__number", "intent_id"),
    )


def _repeated(rows: QuerySet, field: str) -> QuerySet:
    named = rows.exclude(**{field: None}).order_by().values(field)
    return named.annotate(times=Count("*")).filter(times__gt=1).values_list("times", field)


@invariant(4, "No more of a payment goes back than came", unit="refunds", count=Refund.objects.count)
def no_more_goes_back_than_came() -> Iterator[Rule]:
    fresh = Q(reason=Refund.Reason.DASHBOARD, created_at__gt=timezone.now() - NEWS_ON_ITS_WAY)
    refunds = Refund.objects.standing().exclude(fresh).order_by()
    by_intent = refunds.values("payment__order__number", "intent_id", "payment__amount")
    summed = by_intent.annotate(total=Round(Sum("amount"), 2)).filter(total__gt=F("payment__amount"))
    yield Rule(
        "order {}: of {} came {:.2f}, and {:.2f} goes back",
        summed.values_list("payment__order__number", "intent_id", "payment__amount", "total"),
    )
    wrong = Refund.objects.filter(Q(amount__lte=0) | ~Q(currency=F("payment__currency")))
    yield Rule(
        "refund {} of order {} is over {} {}",
        wrong.values_list("pk", "payment__order__number", "amount", "currency"),
    )
    outside = Payment.objects.filter(Q(amount_refunded__lt=0) | Q(amount_refunded__gt=F("amount")))
    yield Rule(
        "order {}: {} of {} are said to have gone back",
        outside.values_list("order__number", "amount_refunded", "amount"),
    )


@invariant(
    7,
    "A canceled order keeps no money; a refund that failed was shown to a person",
    unit="canceled orders",
    count=Order.objects.filter(status=Order.Status.CANCELED).count,
)
def canceled_orders_keep_no_money() -> Iterator[Rule]:
    standing = Refund.objects.standing().filter(
        payment=OuterRef("pk"), intent_id=OuterRef("stripe_payment_id")
    )
    summed = standing.order_by().values("payment").annotate(total=Round(Sum("amount"), 2)).values("total")
    paid = Payment.objects.filter(order__status=Order.Status.CANCELED, status__in=Payment.PAID)
    kept = paid.annotate(back=Coalesce(Subquery(summed), 0, output_field=Payment._meta.get_field("amount")))
    kept = kept.filter(back__lt=F("amount")).exclude(Exists(REFUND_WAS_SHOWN.filter(payment=OuterRef("pk"))))
    yield Rule(
        "order {} is canceled, but of {:.2f} paid only {:.2f} goes back",
        kept.values_list("order__number", "amount", "back"),
    )
    failed = Refund.objects.filter(status__in=(Refund.Status.FAILED, Refund.Status.CANCELED))
    untold = failed.exclude(Exists(REFUND_WAS_SHOWN.filter(payment=OuterRef("payment_id"))))
    yield Rule(
        "refund {} of order {} is {}, and no case was opened",
        untold.values_list("pk", "payment__order__number", "status"),
    )


@invariant(
    8,
    "Payments tell what their refunds add up to; histories stay as written",
    unit="payments",
    count=Payment.objects.count,
)
def ledgers_balance() -> Iterator[Rule]:
    yield Rule(
        "order {}: {:.2f} are said to have gone back, the refunds add up to {:.2f}", select(UNBALANCED)
    )
    tells = (
        Q(status=Payment.Status.REFUNDED, amount_refunded=F("amount"))
        | Q(status=Payment.Status.PARTIALLY_REFUNDED, amount_refunded__gt=0, amount_refunded__lt=F("amount"))
        | Q(amount_refunded=0) & ~Q(status__in=(Payment.Status.REFUNDED, Payment.Status.PARTIALLY_REFUNDED))
    )
    yield Rule(
        "order {}: the payment is {}, though {} of {} went back",
        Payment.objects.exclude(tells).values_list("order__number", "status", "amount_refunded", "amount"),
    )
    yield Rule(
        "table {} has no trigger that keeps its rows as they were written", constraints.histories_not_kept()
    )
