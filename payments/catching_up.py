"""Events that never came: Stripe keeps what it told for 30 days, so nothing is lost while webhooks cannot reach us."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.utils import timezone

from . import gateway, inbox
from .models import Cursor, Payment, StripeEvent
from .stripe_objects import Malformed

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)
"""How long Stripe lists an event (docs.stripe.com/api/events)."""

HEAD_START = timedelta(minutes=1)
"""How long a webhook may be on its way before the event is fetched."""

OVERLAP = timedelta(minutes=10)
"""Stripe's lists are not promised to be complete up to the second: the last minutes are looked at again."""

TYPES = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
"""All that moves anything here. Stripe takes up to 20."""


def catch_up() -> int:
    """Receive the events since the last one seen that are not in the inbox. Returns how many there were.

    The cursor moves when all of them are safe with us, so a crash or an error on the way costs nothing but time.
    """
    until = timezone.now() - HEAD_START
    since = _start(until)
    if since is None:
        return 0
    caught = 0
    for missed in _missed(gateway.list_events(since=since, until=until, types=TYPES)):
        caught += _receive(missed)
    Cursor.move(Cursor.Name.EVENTS, seen_until=until)
    if caught:
        logger.warning("%s events had not come by webhook", caught)
    return caught


def _start(until: datetime) -> datetime | None:
    """From where to read. None: there is nothing to be told of yet."""
    if cursor := Cursor.find(Cursor.Name.EVENTS):
        return max(cursor.seen_until - OVERLAP, until - KEPT)
    first = Payment.objects.order_by("created_at").first()
    return max(first.created_at - OVERLAP, until - KEPT) if first else None


def _missed(events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    while page := list(islice(events, gateway.PAGE)):
        ids = [event.get("id") for event in page]
        known = set(StripeEvent.objects.filter(pk__in=ids).values_list("pk", flat=True))
        yield from (event for event in page if event.get("id") not in known)


def _receive(event: dict[str, Any]) -> bool:
    try:
        inbox.receive(inbox.Envelope.parse(event, came_by=StripeEvent.CameBy.LIST))
    except Malformed:
        logger.exception("Stripe lists an event that cannot be one: %s", event.get("id"))
        return False
    return True
