"""What our rows say of the money that PaymentIntents brought, in minor units as Stripe counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django.db.models import Q

from payments.models import Attention, OrphanCharge, Payment, Refund
from payments.money import to_minor

CHUNK = 500
"""Ids in one statement: SQLite and PostgreSQL both take more, but not any number."""


@dataclass(frozen=True)
class Paid:
    """A payment that was made. `order` is the order's number."""

    order: str
    status: str
    amount: int
    returned: int
    currency: str
    completed_at: datetime


@dataclass(frozen=True)
class SentBack:
    """A refund that stands, or is to be sent."""

    refund_id: str
    amount: int
    created_at: datetime


@dataclass(frozen=True)
class Booked:
    """By PaymentIntent: the payment it made, the refunds of its money, what it brought as an orphan; known cases."""

    payments: dict[str, Paid] = field(default_factory=dict)
    refunds: dict[str, list[SentBack]] = field(default_factory=lambda: defaultdict(list))
    orphans: dict[str, int] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)

    @property
    def paid(self) -> list[Paid]:
        return list(self.payments.values())


def read(since: datetime, intents: Iterable[str]) -> Booked:
    """The payments made since then, and all that is known of these intents."""
    booked = Booked()
    _read_payments(booked, Q(completed_at__gte=since))
    for some in _chunks(intents):
        _read_payments(booked, Q(stripe_payment_id__in=some))
        _read_refunds(booked, some)
        orphans = OrphanCharge.objects.filter(pk__in=some).order_by()
        booked.orphans.update(
            (pk, to_minor(amount, currency))
            for pk, amount, currency in orphans.values_list("pk", "amount", "currency")
        )
        booked.cases.update(_shown_to_a_person(some))
    return booked


def _shown_to_a_person(intents: list[str]) -> Iterator[str]:
    """Intents whose money did not match, or could not be sent back."""
    mismatches = Attention.objects.filter(reason=Attention.Reason.MISMATCH, subject__in=intents)
    yield from mismatches.values_list("subject", flat=True)
    failed = Refund.objects.filter(
        intent_id__in=intents, status__in=(Refund.Status.FAILED, Refund.Status.CANCELED)
    )
    shown = Attention.objects.filter(reason=Attention.Reason.REFUND_FAILED)
    subjects = set(shown.filter(payment__refunds__in=failed).values_list("subject", flat=True))
    yield from (intent for pk, intent in failed.values_list("pk", "intent_id") if str(pk) in subjects)


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(sorted(ids))
    while some := list(islice(remaining, CHUNK)):
        yield some


def _read_payments(booked: Booked, which: Q) -> None:
    rows = Payment.objects.filter(which, status__in=Payment.PAID).values_list(
        "stripe_payment_id",
        "order__number",
        "status",
        "amount",
        "amount_refunded",
        "currency",
        "completed_at",
    )
    for intent, order, status, amount, returned, currency, completed_at in rows:
        if intent and completed_at:  # a CHECK says so
            booked.payments[intent] = Paid(
                order,
                status,
                to_minor(amount, currency),
                to_minor(returned, currency),
                currency,
                completed_at,
            )


def _read_refunds(booked: Booked, intents: list[str]) -> None:
    rows = Refund.objects.standing().filter(intent_id__in=intents).order_by()
    columns = ("intent_id", "stripe_refund_id", "amount", "currency", "created_at")
    for intent, refund_id, amount, currency, created_at in rows.values_list(*columns):
        booked.refunds[intent].append(
            SentBack(refund_id or "", to_minor(Decimal(amount), currency), created_at)
        )
