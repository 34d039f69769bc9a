"""What Stripe told us, and what it did not: nothing waits unseen."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from payments import orphans, reconciling
from payments.inbox import OTHER_MODE
from payments.models import Attention, MirroredPaymentIntent, OrphanCharge, Payment, Refund, StripeEvent

from ..registry import Rule, invariant

PATIENCE = timedelta(minutes=10)
"""An event may be so old, or its next try so long due, before somebody should look: does `tend` run?"""

ORPHAN_PATIENCE = orphans.PATIENCE + timedelta(hours=1)
"""`tend` looks for the payment for an hour, then ends it at its next run."""

Reason = Attention.Reason
OPEN = Payment.objects.open()


@invariant(
    10,
    "Every event is applied, about to be tried again, or set aside and shown",
    unit="events",
    count=StripeEvent.objects.count,
)
def events_are_dealt_with() -> Iterator[Rule]:
    due = timezone.now() - PATIENCE
    waiting = StripeEvent.objects.unprocessed().filter(received_at__lte=due)
    forgotten = waiting.filter(Q(retry_at=None) | Q(retry_at__lte=due)).order_by()
    yield Rule(
        "event {} ({}) came at {} and is not applied",
        forgotten.values_list("pk", "type", "received_at"),
    )
    shown = Attention.objects.filter(reason=Reason.EVENT_SET_ASIDE)
    other_mode = Exists(shown.filter(subject=OTHER_MODE)) & ~Q(livemode=settings.STRIPE_LIVE_MODE)
    aside = StripeEvent.objects.exclude(quarantine="").order_by()
    untold = aside.exclude(Exists(shown.filter(subject=OuterRef("pk"))) | other_mode)
    yield Rule(
        "event {} ({}) is set aside ({}), and no case was opened",
        untold.values_list("pk", "type", "quarantine"),
    )


@invariant(
    11,
    "A payment whose intent is unknown is young, or shown to a person",
    unit="open payments",
    count=OPEN.count,
)
def unknown_payments_are_shown() -> Iterator[Rule]:
    since = timezone.now() - reconciling.UNKNOWN_FOR
    unknown = OPEN.filter(stripe_payment_id=None, opened_at__lte=since)
    shown = Attention.objects.open().filter(payment=OuterRef("pk"))
    yield Rule(
        "order {}: since {} it is not known whether Stripe opened the payment",
        unknown.exclude(Exists(shown)).values_list("order__number", "opened_at"),
    )


@invariant(
    13,
    "Money without a payment found one, went back, or is shown to a person",
    unit="charges without a payment",
    count=OrphanCharge.objects.count,
)
def charges_without_payment_are_shown() -> Iterator[Rule]:
    status = OrphanCharge.Status
    late = Q(status=status.FOUND, found_at__lte=timezone.now() - ORPHAN_PATIENCE)
    shown = Exists(Attention.objects.filter(reason=Reason.ORPHAN_CHARGE, subject=OuterRef("pk")))
    unseen = OrphanCharge.objects.filter(late | Q(status=status.LEFT) & ~shown).order_by()
    yield Rule(
        "intent {} over {} {} is {} since {}",
        unseen.values_list("pk", "amount", "currency", "status", "found_at"),
    )
    paid = Payment.objects.filter(stripe_payment_id=OuterRef("pk"), status__in=Payment.PAID)
    sent_back = Refund.objects.filter(intent_id=OuterRef("pk"))
    mismatch = Attention.objects.filter(reason=Reason.MISMATCH, subject=OuterRef("pk"))
    matched = OrphanCharge.objects.filter(status=status.MATCHED).order_by()
    yield Rule(
        "intent {} is said to have found its payment, but pays for nothing",
        matched.exclude(Exists(paid) | Exists(sent_back) | Exists(mismatch)).values_list("pk"),
    )


@invariant(
    14,
    "All events applied and all intents mirrored are of this shop's mode",
    unit="events",
    count=StripeEvent.objects.count,
)
def mode_is_one() -> Iterator[Rule]:
    other = not settings.STRIPE_LIVE_MODE
    applied = StripeEvent.objects.filter(livemode=other, processed_at__isnull=False).order_by()
    yield Rule("event {} ({}) is of the other mode, but was applied", applied.values_list("pk", "type"))
    mirrored = MirroredPaymentIntent.objects.filter(livemode=other).order_by()
    yield Rule("the mirrored intent {} is of the other mode", mirrored.values_list("id"))
