"""One order's whole story, in plain words and from the beginning: what happened, who did it, and where to read more."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from bookstore.accounts.models import User
from bookstore.catalog.models import StockMovement
from bookstore.templatetags.money import money
from payments import telling
from payments.models import Payment, Refund, StripeEvent

from .models import Order, OrderEvent, OrderMail, RefundedLine

AT_ONCE = timedelta(seconds=10)
"""The rows of one act are written within this time."""


class Kind(StrEnum):
    """What an entry is about."""

    ORDER = "order"
    STOCK = "stock"
    PAYMENT = "payment"
    STRIPE = "stripe"
    MAIL = "mail"
    PARCEL = "parcel"
    REFUND = "refund"
    DISPUTE = "dispute"
    ATTENTION = "attention"
    NOTE = "note"


@dataclass(frozen=True)
class Link:
    """Where to read more, for those who have the permission."""

    url: str
    words: str
    permission: str


@dataclass(frozen=True)
class Entry:
    at: datetime
    kind: Kind
    words: str
    actor: str = ""
    link: Link | None = None


def entries(order: Order) -> list[Entry]:
    """From oldest to newest. As many queries for a long story as for a short one."""
    payment = Payment.objects.filter(order=order).first()
    refunds = list(payment.refunds.select_related("requested_by").order_by("created_at")) if payment else []
    history = list(order.events.select_related("actor"))
    parcels = list(_parcels(order))
    asked = _asked(refunds, history)
    told = [
        *_history(
            order, history, leave_out=[event.pk for event in asked.values()], has_parcels=bool(parcels)
        ),
        *parcels,
        *_stock(order),
        *_mails(order),
        *_refunds(order, refunds, asked),
    ]
    if payment:
        told += [*_payment(payment, _events(payment, refunds)), *_cases(payment), *_disputes(payment)]
    return sorted(told, key=lambda entry: entry.at)


KINDS = {
    OrderEvent.Kind.PAYMENT_FAILED: Kind.PAYMENT,
    OrderEvent.Kind.SHIPPED: Kind.PARCEL,
    OrderEvent.Kind.REFUND: Kind.REFUND,
    OrderEvent.Kind.DISPUTE: Kind.DISPUTE,
    OrderEvent.Kind.MAIL: Kind.MAIL,
    OrderEvent.Kind.NOTE: Kind.NOTE,
}
"""Of the lines of the order's own history; all others are about the order."""


def _history(
    order: Order, history: Iterable[OrderEvent], *, leave_out: Collection[int], has_parcels: bool
) -> Iterator[Entry]:
    for event in history:
        kind = KINDS.get(OrderEvent.Kind(event.kind), Kind.ORDER)
        if event.pk in leave_out or (kind == Kind.PARCEL and has_parcels):
            continue  # the refunds and the parcels themselves say more
        at = order.placed_at if event.kind == OrderEvent.Kind.PLACED else event.at
        yield Entry(at, kind, _line(order, event), _name(event.actor))


def _line(order: Order, event: OrderEvent) -> str:
    match event.kind:
        case OrderEvent.Kind.PLACED:
            return f"Placed by {order.full_name}: {money(order.total, order.currency)}"
        case OrderEvent.Kind.PAYMENT_FAILED:
            return f"Declined. The shopper was told: {event.text}"
        case OrderEvent.Kind.NOTE | OrderEvent.Kind.MAIL:
            return event.text
        case OrderEvent.Kind.REFUND | OrderEvent.Kind.DISPUTE:
            return f"{event.get_kind_display()} of {event.text}"
    label = event.get_kind_display()
    return f"{label}: {event.text}" if event.text else label


STOCK = {
    StockMovement.Reason.HELD: "held for the order",
    StockMovement.Reason.RELEASED: "no longer held: back on the shelf",
    StockMovement.Reason.RETURNED: "back on the shelf",
}


def _stock(order: Order) -> Iterator[Entry]:
    movements = StockMovement.objects.filter(order_id=order.pk, reason__in=STOCK).order_by("at", "pk")
    for reason, moved in groupby(movements, key=lambda movement: movement.reason):
        for act in _acts(moved):
            words = f"{_copies(sum(abs(m.delta) for m in act))} {STOCK[StockMovement.Reason(reason)]}"
            if reason == StockMovement.Reason.HELD and order.hold_expires_at:
                words += f" until {_moment(order.hold_expires_at)}"
            yield Entry(act[0].at, Kind.STOCK, words)


def _acts(moved: Iterable[StockMovement]) -> Iterator[list[StockMovement]]:
    """Movements that were written together."""
    act: list[StockMovement] = []
    for movement in moved:
        if act and movement.at - act[-1].at > AT_ONCE:
            yield act
            act = []
        act.append(movement)
    yield act


def _mails(order: Order) -> Iterator[Entry]:
    for mail in order.mails.all():
        what = mail.get_kind_display()
        yield Entry(mail.created_at, Kind.MAIL, f"Mail to be sent: {what}{_trouble(mail)}")
        if mail.sent_at:
            yield Entry(mail.sent_at, Kind.MAIL, f"Mail sent to {order.email}: {what}")


def _trouble(mail: OrderMail) -> str:
    if mail.sent_at or not mail.error:
        return ""
    next_try = f", next try {_moment(mail.retry_at)}" if mail.retry_at else ""
    return f". It failed {mail.attempts} times ({mail.error}){next_try}"


def _parcels(order: Order) -> Iterator[Entry]:
    for parcel in order.shipments.select_related("actor").prefetch_related("lines__line"):
        books = ", ".join(str(line) for line in parcel.lines.all())
        way = ", ".join(filter(None, [parcel.carrier, parcel.tracking]))
        yield Entry(
            parcel.at, Kind.PARCEL, f"Shipped: {books}{f'. {way}' if way else ''}", _name(parcel.actor)
        )


def _asked(refunds: Iterable[Refund], history: Iterable[OrderEvent]) -> dict[UUID, OrderEvent]:
    """The line of the history that says why, by the refund that was asked for in the same moment."""
    lines = [event for event in history if event.kind == OrderEvent.Kind.REFUND]
    asked = {}
    for refund in refunds:
        start = f"{money(refund.amount, refund.currency)} asked for: "
        for line in lines:
            is_of_it = line.text.startswith(start) and line.actor_id == refund.requested_by_id
            if is_of_it and abs(line.at - refund.created_at) < AT_ONCE:
                asked[refund.pk] = line
                lines.remove(line)
                break
    return asked


def _refunds(order: Order, refunds: Iterable[Refund], asked: Mapping[UUID, OrderEvent]) -> Iterator[Entry]:
    books: dict[UUID, list[str]] = {}
    for line in RefundedLine.objects.filter(line__order=order).select_related("line"):
        place = "to the shelf" if line.restocked else "not to the shelf"
        books.setdefault(line.refund_id, []).append(f"{line} ({place})")
    for refund in refunds:
        why = asked[refund.pk].text.partition(" asked for: ")[2] if refund.pk in asked else ""
        parts = [refund.get_reason_display(), *books.get(refund.pk, []), why]
        words = (
            f"Refund of {money(refund.amount, refund.currency)} asked for: {'; '.join(filter(None, parts))}"
        )
        yield Entry(refund.created_at, Kind.REFUND, words, _name(refund.requested_by))


def _disputes(payment: Payment) -> Iterator[Entry]:
    for dispute in payment.disputes.all():
        amount = money(dispute.amount, dispute.currency)
        due = f". To be answered until {_moment(dispute.evidence_due_at)}" if dispute.evidence_due_at else ""
        yield Entry(dispute.created_at, Kind.DISPUTE, f"The cardholder's bank questions {amount}{due}")


def _cases(payment: Payment) -> Iterator[Entry]:
    for case in payment.attentions.select_related("settled_by"):
        url = reverse("admin:payments_attention_change", args=[case.pk])
        link = Link(url, "the case", "payments.view_attention")
        words = f"Needs attention: {case.get_reason_display()}. {case.detail}"
        yield Entry(case.opened_at, Kind.ATTENTION, words, link=link)
        if case.settled_at:
            words = f"No longer needs attention: {case.get_reason_display()}. {case.settlement}"
            yield Entry(case.settled_at, Kind.ATTENTION, words, _name(case.settled_by), link)


OPENED = "payment_intent.created"
SUCCEEDED = "payment_intent.succeeded"
ENDINGS = (SUCCEEDED, "payment_intent.canceled")


def _events(payment: Payment, refunds: Iterable[Refund]) -> list[StripeEvent]:
    """What Stripe told of the order's money; a second payment that was sent back came by another intent."""
    intents = {payment.stripe_payment_id, *(refund.intent_id for refund in refunds)} - {None, ""}
    return sorted(StripeEvent.objects.filter(about__in=intents), key=_place)


def _place(event: StripeEvent) -> tuple[datetime, int, datetime]:
    """Within one of Stripe's seconds a payment's tries come before its end, and both before its refunds."""
    is_of_payment = event.type.startswith("payment_intent.")
    rank = 2 if not is_of_payment else int(event.type in ENDINGS)
    return event.created_at, rank, event.received_at


def _payment(payment: Payment, events: Sequence[StripeEvent]) -> Iterator[Entry]:
    opened = next((event for event in events if event.type == OPENED), None)
    at = payment.opened_at or (_when(opened) if opened else None)
    if at:
        words = f"Payment opened at Stripe: {payment.stripe_payment_id or 'not confirmed yet'}"
        yield Entry(at, Kind.PAYMENT, words, link=_raw(opened) if opened else None)
    told: list[Entry] = []
    for event, words in reversed(list(_news(events))):
        at = min([_when(event), *(entry.at for entry in told[-1:])])  # webhooks may overtake each other
        told.append(Entry(at, Kind.STRIPE, words, "Stripe", _raw(event)))
    yield from reversed(told)
    if payment.completed_at and not any(event.type == SUCCEEDED for event in events):
        words = f"The payment succeeded: {money(payment.amount, payment.currency)}. No event came, Stripe was asked"
        yield Entry(payment.completed_at, Kind.STRIPE, words, "Stripe")


def _news(events: Iterable[StripeEvent]) -> Iterator[tuple[StripeEvent, str]]:
    """Events that say something, in words. What several say of one refund or dispute is told once."""
    said = set()
    for event in events:
        words = telling.in_words(event)
        what = (event.payload["data"]["object"].get("id"), words)
        if words and (event.type.startswith("payment_intent.") or what not in said):
            yield event, words
        said.add(what)


def _when(event: StripeEvent) -> datetime:
    """Stripe's times are whole seconds: not before the event happened, and before what it brought about here."""
    return min(event.received_at, event.created_at + timedelta(seconds=1))


def _raw(event: StripeEvent) -> Link:
    url = reverse("admin:payments_stripeevent_change", args=[event.pk])
    return Link(url, event.type, "payments.view_stripeevent")


def _copies(number: int) -> str:
    return f"{number} {'copy' if number == 1 else 'copies'}"


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "j M Y, H:i")


def _name(person: User | None) -> str:
    return person.get_full_name() if person else ""
