"""The one seam to Stripe's API. Every call to Stripe leaves from here; none may be made inside a transaction.

Retries: the SDK repeats a call once when the connection breaks or Stripe answers 409 or 5xx; more would keep shoppers
waiting for longer than a web server waits for us. That is safe, since every call that creates something carries an
idempotency key that stays the same over all tries.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NamedTuple

import stripe
from django.conf import settings
from django.db import connection

from .models import Installation, Payment, Refund
from .money import Unpayable, to_minor
from .stripe_objects import Charge, DisputeNews, Endpoint, Intent, Malformed, RefundNews

logger = logging.getLogger(__name__)

PAGE = 100
RETRIES = 1
CLOCK_SKEW = timedelta(minutes=10)

KEY_LIFETIME = timedelta(hours=23)
"""Stripe remembers an idempotency key for at least 24 hours (docs.stripe.com/api/idempotent_requests)."""


class GatewayError(Exception):
    """Stripe did not do what it was asked. `message` is fit for the shopper."""

    message = "The payment service could not do this."


class StripeUnavailable(GatewayError):
    """No answer, or none that tells. Whether Stripe acted is unknown: ask again with the same key."""

    message = "The payment service is not answering at the moment. Please try again in a minute."


class StripeFailed(StripeUnavailable):
    """Stripe answered 5xx, or that it had other parameters with this key. It may have acted, and the key is spent."""


class KeyRefused(StripeUnavailable):
    """Stripe does not accept the shop's secret key: for us to repair, then asking again will help."""


class NotPermitted(KeyRefused):
    """Stripe knows the key, but a restricted key may not do this."""


class StripeRefused(GatewayError):
    """Stripe understood and will not. Asking again will not help."""

    message = "The payment service does not accept this payment. Please get in touch with us."

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}" if code else detail)
        self.code = code


def is_silence(error: Exception) -> bool:
    """Whether Stripe gave no answer at all, so that a sweep's next call would only wait as long.

    A 5xx is an answer, maybe to this one alone: the others go on.
    """
    return isinstance(error, StripeUnavailable) and not isinstance(error, StripeFailed)


class InsideTransaction(RuntimeError):
    """A call to Stripe was about to be made while a transaction held locks."""


def create_intent(payment: Payment) -> Intent:
    """Open a PaymentIntent. The same payment and attempt always lead to the same intent.

    Raises StripeUnavailable, StripeFailed, StripeRefused.
    """
    with _calling():
        created = _client().v1.payment_intents.create(
            params={
                "amount": to_minor(payment.amount, payment.currency),
                "currency": payment.currency,
                "automatic_payment_methods": {"enabled": True},
                "metadata": metadata_of(payment),
            },
            options={"idempotency_key": f"payment-{payment.pk}-{payment.attempt}"},
        )
        return Intent.parse(created.to_dict())


def metadata_of(payment: Payment) -> dict[str, str]:
    """What ties an intent at Stripe to our rows."""
    return {
        "order_id": str(payment.order_id),
        "payment_id": str(payment.pk),
        "order_number": payment.order.number,
        "shop": Installation.ours(),
    }


def retrieve_intent(intent_id: str) -> Intent:
    """Raises StripeUnavailable, StripeFailed, StripeRefused (`resource_missing`)."""
    with _calling():
        return Intent.parse(_client().v1.payment_intents.retrieve(intent_id).to_dict())


def find_intent(payment: Payment) -> Intent | None:
    """The intent of a payment whose creation ended without an answer, or None when Stripe has none."""
    candidates = list_intents(since=payment.created_at - CLOCK_SKEW)
    return next((each for each in candidates if each.metadata.get("payment_id") == str(payment.pk)), None)


def cancel_intent(intent_id: str) -> Intent:
    """Cancel, and answer how the intent stands then. It is not canceled if it had succeeded or is processing.

    Raises StripeUnavailable, StripeFailed, StripeRefused.
    """
    try:
        with _calling():
            return Intent.parse(
                _client()
                .v1.payment_intents.cancel(intent_id, params={"cancellation_reason": "abandoned"})
                .to_dict()
            )
    except StripeRefused as refusal:
        if refusal.code != "payment_intent_unexpected_state":
            raise
    return retrieve_intent(intent_id)


def create_refund(refund: Refund) -> RefundNews:
    """Send money back. The same refund is made once, however often this is called.

    Raises StripeUnavailable, StripeFailed, StripeRefused.
    """
    with _calling():
        created = _client().v1.refunds.create(
            params={
                "payment_intent": refund.intent_id,
                "amount": to_minor(refund.amount, refund.currency),
                "metadata": {"refund_id": str(refund.pk)},
            },
            options={"idempotency_key": f"refund-{refund.pk}-{refund.attempt}"},
        )
        return RefundNews.parse(created.to_dict())


def find_refund(refund: Refund) -> RefundNews | None:
    """A refund whose creation ended without a clear answer, or None when Stripe has none."""
    with _calling():
        page = _client().v1.refunds.list(params={"limit": PAGE, "payment_intent": refund.intent_id})
        for candidate in page.auto_paging_iter():
            news = RefundNews.parse(candidate.to_dict())
            if news.metadata.get("refund_id") == str(refund.pk):
                return news
    return None


def refund_orphan(intent_id: str, *, after: str = "") -> RefundNews:
    """Send back all that is left of money that belongs to no order. It is sent once, however often this is called.

    `after` names a refund of it that has failed: with the key of before Stripe would only repeat its answer of then.
    Raises StripeUnavailable, StripeFailed, StripeRefused.
    """
    with _calling():
        created = _client().v1.refunds.create(
            params={"payment_intent": intent_id, "metadata": {"orphan": "true"}},
            options={"idempotency_key": "-".join(filter(None, ("orphan", intent_id, after)))},
        )
        return RefundNews.parse(created.to_dict())


def retrieve_refund(refund_id: str) -> RefundNews:
    """Raises StripeUnavailable, StripeFailed, StripeRefused (`resource_missing`)."""
    with _calling():
        return RefundNews.parse(_client().v1.refunds.retrieve(refund_id).to_dict())


def retrieve_dispute(dispute_id: str) -> DisputeNews:
    """Raises StripeUnavailable, StripeFailed, StripeRefused (`resource_missing`)."""
    with _calling():
        return DisputeNews.parse(_client().v1.disputes.retrieve(dispute_id).to_dict())


def list_intents(*, since: datetime) -> Iterator[Intent]:
    """The PaymentIntents opened since then, newest first, another shop's among them.

    Raises StripeUnavailable, StripeFailed, StripeRefused, also while it is iterated over.
    """
    after = int(since.timestamp())
    for item in _pages(
        lambda: _client().v1.payment_intents.list(params={"limit": PAGE, "created": {"gte": after}})
    ):
        with _calling():
            intent = Intent.parse(item)
        yield intent


class Greeting(NamedTuple):
    """What Stripe's answer to the cheapest question tells about both of us."""

    server_time: datetime | None
    livemode: bool | None
    """Of the newest PaymentIntent. None: there is none yet."""


def greet() -> Greeting:
    """Ask Stripe what every working key may ask. Raises StripeUnavailable, StripeFailed, KeyRefused, StripeRefused."""
    with _calling():
        page = _client().v1.payment_intents.list(params={"limit": 1})
        newest = next((Intent.parse(item.to_dict()) for item in page.data), None)
        answer = page.last_response
        date = answer.headers.get("date") if answer else None
        return Greeting(_time_in(date), newest.livemode if newest else None)


def _time_in(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header or "").astimezone(UTC)
    except ValueError:
        return None


def list_charges(*, since: datetime) -> Iterator[Charge]:
    """The tries to charge somebody since then, newest first, failed ones and another shop's among them.

    Raises StripeUnavailable, StripeFailed, StripeRefused, also while it is iterated over.
    """
    after = int(since.timestamp())
    for item in _pages(lambda: _client().v1.charges.list(params={"limit": PAGE, "created": {"gte": after}})):
        with _calling():
            charge = Charge.parse(item)
        yield charge


def list_refunds(*, since: datetime) -> Iterator[RefundNews]:
    """The refunds made since then, newest first, another shop's among them. Raises as `list_charges` does."""
    after = int(since.timestamp())
    for item in _pages(lambda: _client().v1.refunds.list(params={"limit": PAGE, "created": {"gte": after}})):
        with _calling():
            refund = RefundNews.parse(item)
        yield refund


def list_endpoints() -> list[Endpoint]:
    """Where Stripe sends events of the key's mode. Raises StripeUnavailable, NotPermitted, StripeRefused."""
    listed = _pages(lambda: _client().v1.webhook_endpoints.list(params={"limit": PAGE}))
    endpoints = []
    for item in listed:
        with _calling():
            endpoints.append(Endpoint.parse(item))
    return endpoints


def sdk_api_version() -> str:
    """The release of the API that the installed SDK was made for."""
    return str(stripe.api_version)


def list_events(*, since: datetime, until: datetime, types: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The events of these types (20 at most) of a time, newest first. Stripe keeps them for 30 days.

    Raises StripeUnavailable, StripeFailed, StripeRefused, also while it is iterated over.
    """
    after, before = int(since.timestamp()), int(until.timestamp())
    return _pages(
        lambda: _client().v1.events.list(
            params={"limit": PAGE, "created": {"gte": after, "lte": before}, "types": list(types)}
        )
    )


def _pages(first: Callable[[], Any]) -> Iterator[dict[str, Any]]:
    """All objects of a list. Between two pages whoever iterates may use the database as they like."""
    turn: Callable[[], Any] | None = first
    while turn:
        with _calling():
            page = turn()
            items = [item.to_dict() for item in page.data]
            turn = page.next_page if page.has_more else None
        yield from items


@contextmanager
def _calling() -> Iterator[None]:
    # The transaction that a test case wraps around everything does not count: no lock of ours is held in it.
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise InsideTransaction(
            "No call to Stripe inside a transaction: the locks would be held for as long."
        )
    try:
        yield
    except stripe.APIConnectionError as error:
        raise StripeUnavailable("no answer from Stripe") from error
    except stripe.RateLimitError as error:
        raise StripeUnavailable("Stripe asks to slow down") from error
    except stripe.APIError as error:  # 409: another call with this key is running
        kind = StripeFailed if (error.http_status or 0) >= 500 else StripeUnavailable
        raise kind(f"Stripe answered {error.http_status}") from error
    except stripe.IdempotencyError as error:
        raise StripeFailed("Stripe knows this key from other parameters") from error
    except stripe.PermissionError as error:
        logger.exception("Stripe does not let the secret key do this")
        raise NotPermitted("the secret key may not do this") from error
    except stripe.AuthenticationError as error:
        logger.exception("Stripe does not accept the secret key")
        raise KeyRefused("the secret key is not accepted") from error
    except stripe.StripeError as error:
        raise StripeRefused(error.code or "", error.user_message or type(error).__name__) from error
    except Malformed as error:
        raise StripeUnavailable(f"an answer that cannot be Stripe's: {error}") from error
    except (AttributeError, TypeError) as error:  # of the SDK: JSON, but no object of Stripe's
        raise StripeUnavailable("an answer that cannot be Stripe's") from error
    except Unpayable as error:
        raise StripeRefused("unpayable", str(error)) from error


def _client() -> stripe.StripeClient:
    timeout = (settings.STRIPE_CONNECT_TIMEOUT, settings.STRIPE_READ_TIMEOUT)
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, timeout)


@lru_cache(maxsize=8)
def _client_for(key: str, api_base: str, timeout: tuple[float, float]) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": api_base},
        stripe_version=settings.STRIPE_API_VERSION,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=timeout),
    )
