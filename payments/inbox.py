"""Stripe's events: kept, applied once, and tried again when applying fails.

The primary key of the inbox is Stripe's event id, and an event is applied in the transaction that inserts it. A second
delivery waits for the first one's row and then finds it processed.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from . import attention, disputes, orphans, refunds
from .models import StripeEvent
from .settlement import UnknownPayment, settle
from .stripe_objects import (
    DisputeNews,
    Intent,
    Malformed,
    RefundNews,
    moment,
    storable,
    without_secrets,
)
from .tasks import mirror_intent

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 10
MOST_TRIES = 3
"""At once, when another transaction was in the way: a deadlock, a lock that did not come."""
FIRST_RETRY = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
ID = re.compile(r"[A-Za-z0-9_]{1,255}")
TYPE = re.compile(r"[a-z0-9_.]{1,100}")
OTHER_MODE = "events of the other mode"
"""They come in numbers, when an endpoint is set up wrongly: one case for all of them."""


class Quarantined(Exception):
    """The event is genuine, but nothing of ours can take it: a person should know."""


@dataclass(frozen=True)
class Envelope:
    """What every event of Stripe's has in common."""

    id: str
    type: str
    livemode: bool
    created_at: datetime
    payload: Mapping[str, Any]
    came_by: StripeEvent.CameBy = StripeEvent.CameBy.WEBHOOK

    @classmethod
    def parse(cls, data: Any, came_by: StripeEvent.CameBy = StripeEvent.CameBy.WEBHOOK) -> "Envelope":
        """Raises Malformed."""
        if not isinstance(data, dict) or data.get("object") != "event":
            raise Malformed("not an event")
        if not isinstance(data.get("data"), dict) or not isinstance(data["data"].get("object"), dict):
            raise Malformed("the event carries no object")
        id_, type_, livemode = (data.get(key) for key in ("id", "type", "livemode"))
        if not isinstance(id_, str) or not ID.fullmatch(id_):
            raise Malformed("the event has no id")
        if not isinstance(type_, str) or not TYPE.fullmatch(type_):
            raise Malformed("the event has no type")
        if not isinstance(livemode, bool):
            raise Malformed("the event has no mode")
        return cls(id_, type_, livemode, moment(data.get("created")), without_secrets(data), came_by)

    @property
    def about(self) -> str:
        """The PaymentIntent that the event tells of; empty when it tells of something else."""
        told = self.payload["data"]["object"]
        intent = told.get("id") if told.get("object") == "payment_intent" else told.get("payment_intent")
        return intent if isinstance(intent, str) and ID.fullmatch(intent) else ""


def receive(envelope: Envelope) -> None:
    """Keep an event and apply it. When this returns the event is ours to finish: Stripe need not send it again.

    Raises only what keeps the event from being stored: django.db.Error.
    """
    logger.info("Event %s received: %s", envelope.id, envelope.type)
    try:
        _store_and_apply_at_last(envelope)
    except Exception as error:
        logger.exception("Event %s (%s) could not be applied, it will be retried", envelope.id, envelope.type)
        _store_failure(envelope, error)


def replay(event: StripeEvent) -> bool:
    """Apply an event anew that failed or was set aside; True when it is applied now, or was before."""
    with transaction.atomic():
        row = StripeEvent.objects.select_for_update().get(pk=event.pk)
        if not row.processed_at:
            # Due at once: if this process is killed before it has applied the event, the next sweep does.
            row.quarantine, row.error, row.attempts, row.retry_at = "", "", 0, timezone.now()
            row.save(update_fields=["quarantine", "error", "attempts", "retry_at"])
    if not row.processed_at:
        receive(_opened(row))
    event.refresh_from_db()
    return event.processed_at is not None


def retry_due() -> int:
    """Apply events that failed before and whose time has come. Returns how many were tried."""
    due = StripeEvent.objects.unprocessed().filter(retry_at__lte=timezone.now())
    tried = 0
    for pk in list(due.order_by("created_at").values_list("pk", flat=True)):
        if event := due.filter(pk=pk).first():  # else another sweep was faster
            receive(_opened(event))
            tried += 1
    return tried


def take_up_again(events: QuerySet[StripeEvent]) -> int:
    """Let the next sweep try events that were set aside, as if they had just come. Returns how many there are."""
    aside = events.filter(processed_at=None).exclude(quarantine="")
    return aside.update(quarantine="", error="", attempts=0, retry_at=timezone.now())


def _store_and_apply_at_last(envelope: Envelope) -> None:
    for _ in range(MOST_TRIES - 1):
        try:
            return _store_and_apply(envelope)
        except OperationalError:
            if connection.in_atomic_block or not connection.is_usable():
                raise
            logger.warning("Event %s met another transaction, it is tried again", envelope.id, exc_info=True)
    return _store_and_apply(envelope)


def _store_and_apply(envelope: Envelope) -> None:
    with transaction.atomic():
        event = _stored(envelope)
        if event.processed_at or event.quarantine:
            logger.info("Event %s was delivered before", envelope.id)
            return
        event.attempts += 1
        try:
            with transaction.atomic():
                _apply(envelope)
        except Quarantined as reason:
            _set_aside(event, str(reason))
        else:
            event.processed_at = timezone.now()
            if event.retry_at:  # it was tried before, perhaps even set aside
                attention.settle(attention.Reason.EVENT_SET_ASIDE, event.pk, "It was applied after all")
        event.retry_at, event.error = None, ""
        event.save()


def _stored(envelope: Envelope) -> StripeEvent:
    """The event's row, locked. Whoever comes second waits here until the first is done."""
    row = StripeEvent(
        id=envelope.id,
        type=envelope.type,
        livemode=envelope.livemode,
        created_at=envelope.created_at,
        about=envelope.about,
        payload=envelope.payload,
        came_by=envelope.came_by,
    )
    StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
    return StripeEvent.objects.select_for_update().get(pk=envelope.id)


def _store_failure(envelope: Envelope, error: Exception) -> None:
    with transaction.atomic():
        event = _stored(envelope)
        if event.processed_at or event.quarantine:
            return
        if event.retry_at and event.retry_at > timezone.now():
            return  # it failed in another process at the same time, and counts once
        event.attempts += 1
        event.error = _words(error)
        wait = min(FIRST_RETRY * 2 ** (event.attempts - 1), LONGEST_WAIT)
        event.retry_at = timezone.now() + wait
        if event.attempts >= MOST_ATTEMPTS:
            _set_aside(event, f"failed {event.attempts} times")
        event.save()


def _set_aside(event: StripeEvent, why: str) -> None:
    event.quarantine = why[:250]
    logger.error("Event %s (%s) set aside: %s", event.pk, event.type, why)
    subject = event.pk if event.livemode == settings.STRIPE_LIVE_MODE else OTHER_MODE
    attention.call(attention.Reason.EVENT_SET_ASIDE, subject, why)


def _words(error: Exception) -> str:
    """What went wrong, without the row that PostgreSQL quotes: it may hold somebody's address."""
    summary, _, _ = storable(str(error)).partition("\nDETAIL:")
    return f"{type(error).__name__}: {summary}"[:2000]


def _opened(event: StripeEvent) -> Envelope:
    return Envelope(event.pk, event.type, event.livemode, event.created_at, event.payload)


def _apply(envelope: Envelope) -> None:
    if envelope.livemode != settings.STRIPE_LIVE_MODE:
        raise Quarantined("live event in a test shop" if envelope.livemode else "test event in a live shop")
    handler = next((HANDLERS[start] for start in HANDLERS if envelope.type.startswith(start)), None)
    if handler is None:
        return
    try:
        handler(envelope)
    except Malformed as error:
        raise Quarantined(f"malformed: {error}") from error


def _payment_intent(envelope: Envelope) -> None:
    intent = Intent.parse(envelope.payload["data"]["object"])
    try:
        settle(intent, as_of=envelope.created_at)
    except UnknownPayment as error:
        _unknown(intent, error)
    else:
        mirror_intent.enqueue(event_id=envelope.id)


def _unknown(intent: Intent, error: UnknownPayment) -> None:
    """Another shop with the same Stripe account may have opened it. If it was this one, money must not be lost."""
    if "shop" in intent.metadata:
        is_ours = orphans.is_ours(intent)
    else:
        is_ours = "payment_id" in intent.metadata or "order_id" in intent.metadata
    if not is_ours:
        logger.info("Intent %s was not opened by this shop", intent.id)
    elif "shop" not in intent.metadata:
        raise Quarantined(str(error)) from error
    elif intent.status == "succeeded":
        orphans.note(intent)
    else:
        logger.warning("Intent %s is %s, and no payment of ours is known for it", intent.id, intent.status)


def _refund(envelope: Envelope) -> None:
    news = RefundNews.parse(envelope.payload["data"]["object"])
    try:
        refunds.follow(news)
    except refunds.UnknownRefund as error:
        if orphans.follow(news):
            return
        if "refund_id" in news.metadata:
            raise Quarantined(str(error)) from error
        logger.info("Event %s ignored: %s", envelope.id, error)


def _dispute(envelope: Envelope) -> None:
    try:
        disputes.follow(DisputeNews.parse(envelope.payload["data"]["object"]), as_of=envelope.created_at)
    except disputes.UnknownDispute as error:
        logger.info("Event %s ignored: %s", envelope.id, error)


HANDLERS: dict[str, Callable[[Envelope], None]] = {
    "payment_intent.": _payment_intent,
    "refund.": _refund,
    "charge.refund.updated": _refund,
    "charge.dispute.": _dispute,
}
"""By how the type begins. Other events are kept and need nothing done: `charge.refunded`, say, brings no news, since
every refund has its own `refund.*` events."""
