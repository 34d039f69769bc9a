"""Stripe's objects as far as the shop reads them, checked once where they come in.

The same parsers serve answers of the API and the `data.object` of events.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")

LARGEST_AMOUNT = 10**12
"""Minor units. Stripe itself stops far below."""

NOT_OURS_TO_KEEP = frozenset(
    "client_secret billing_details shipping receipt_email receipt_url email phone address billing_address"
    " shipping_address customer_name customer_email_address customer_purchase_ip".split()
)
"""Keys of Stripe's objects that let somebody pay, or tell who the shopper is."""

SECRET_IN_TEXT = re.compile(r"(_secret)_\w+")
"""Client secrets also travel inside of addresses, such as the page of a 3-D Secure check."""


class Malformed(ValueError):
    """Not the object it should be: a key is missing or has a wrong type."""


@dataclass(frozen=True)
class Decline:
    """The last error of a PaymentIntent. `ref` names the try: Stripe's id of the failed charge or of its card."""

    code: str
    decline_code: str
    ref: str


@dataclass(frozen=True)
class Intent:
    """A PaymentIntent at one moment. Amounts are in minor units. The client secret must not be stored or logged."""

    id: str
    status: str
    amount: int
    amount_received: int
    currency: str
    livemode: bool
    metadata: Mapping[str, str]
    decline: Decline | None
    client_secret: str = field(default="", repr=False)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Intent":
        """Raises Malformed."""
        if data.get("object") != "payment_intent":
            raise Malformed("not a payment_intent")
        return cls(
            id=_text(data, "id"),
            status=_text(data, "status"),
            amount=_amount(data, "amount"),
            amount_received=_amount(data, "amount_received"),
            currency=_text(data, "currency"),
            livemode=_take(data, "livemode", bool),
            metadata=_metadata(data),
            decline=_decline(data.get("last_payment_error")),
            client_secret=_optional(data, "client_secret"),
        )


@dataclass(frozen=True)
class RefundNews:
    """A refund at one moment; `amount` in minor units."""

    id: str
    status: str
    amount: int
    currency: str
    payment_intent: str
    failure_reason: str
    metadata: Mapping[str, str]
    created_at: datetime | None = None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "RefundNews":
        """Raises Malformed."""
        if data.get("object") != "refund":
            raise Malformed("not a refund")
        return cls(
            id=_text(data, "id"),
            status=_text(data, "status"),
            amount=_amount(data, "amount"),
            currency=_text(data, "currency"),
            payment_intent=_id_of(data.get("payment_intent")),
            failure_reason=_optional(data, "failure_reason", longest=100),
            metadata=_metadata(data),
            created_at=moment(data["created"]) if "created" in data else None,
        )


@dataclass(frozen=True)
class Charge:
    """Money that a PaymentIntent brought, or was to bring. `amount` is what came, in minor units."""

    id: str
    payment_intent: str
    status: str
    amount: int
    currency: str
    created_at: datetime
    metadata: Mapping[str, str]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Charge":
        """Raises Malformed."""
        if data.get("object") != "charge":
            raise Malformed("not a charge")
        return cls(
            id=_text(data, "id"),
            payment_intent=_id_of(data.get("payment_intent")),
            status=_text(data, "status"),
            amount=_amount(data, "amount_captured"),
            currency=_text(data, "currency"),
            created_at=moment(data.get("created")),
            metadata=_metadata(data),
        )


@dataclass(frozen=True)
class DisputeNews:
    """A dispute at one moment; `amount` in minor units."""

    id: str
    status: str
    reason: str
    amount: int
    currency: str
    payment_intent: str
    evidence_due_at: datetime | None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "DisputeNews":
        """Raises Malformed."""
        if data.get("object") != "dispute":
            raise Malformed("not a dispute")
        return cls(
            id=_text(data, "id"),
            status=_text(data, "status", longest=40),
            reason=_text(data, "reason", longest=60),
            amount=_amount(data, "amount"),
            currency=_text(data, "currency"),
            payment_intent=_id_of(data.get("payment_intent")),
            evidence_due_at=_due_by(data.get("evidence_details")),
        )


@dataclass(frozen=True)
class Endpoint:
    """A webhook endpoint as it is registered at Stripe. No `api_version`: it follows the account's default."""

    id: str
    url: str
    status: str
    enabled_events: frozenset[str]
    api_version: str

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Endpoint":
        """Raises Malformed."""
        if data.get("object") != "webhook_endpoint":
            raise Malformed("not a webhook_endpoint")
        return cls(
            id=_text(data, "id"),
            url=_text(data, "url", longest=5000),
            status=_text(data, "status"),
            enabled_events=frozenset(map(str, _take(data, "enabled_events", list))),
            api_version=_optional(data, "api_version"),
        )


def moment(seconds: Any) -> datetime:
    """Stripe's times are whole seconds since 1970. Raises Malformed."""
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise Malformed("a time should be whole seconds")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Malformed("a time is out of range") from error


def without_secrets(data: Any) -> Any:
    """A copy of a Stripe object that may be kept: without what is NOT_OURS_TO_KEEP, however deep it lies.

    What PostgreSQL cannot store goes too: NUL characters, and halves of surrogate pairs.
    """
    if isinstance(data, Mapping):
        kept = (key for key in data if key not in NOT_OURS_TO_KEEP)
        return {storable(key): without_secrets(data[key]) for key in kept}
    if isinstance(data, list):
        return [without_secrets(item) for item in data]
    return SECRET_IN_TEXT.sub(r"\1", storable(data)) if isinstance(data, str) else data


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot store."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _take(data: Mapping[str, Any], key: str, kind: type[T]) -> T:
    value = data.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Malformed(f"{key} should be {kind.__name__}")
    return value


def _text(data: Mapping[str, Any], key: str, *, longest: int = 255) -> str:
    value = _take(data, key, str)
    if not 0 < len(value) <= longest:
        raise Malformed(f"{key} should have 1 to {longest} characters")
    return value


def _optional(data: Mapping[str, Any], key: str, *, longest: int = 255) -> str:
    return _text(data, key, longest=longest) if data.get(key) else ""


def _amount(data: Mapping[str, Any], key: str) -> int:
    value = _take(data, key, int)
    if not 0 <= value <= LARGEST_AMOUNT:
        raise Malformed(f"{key} is out of range")
    return value


def _metadata(data: Mapping[str, Any]) -> Mapping[str, str]:
    metadata = data.get("metadata") or {}
    if not isinstance(metadata, Mapping) or not all(isinstance(value, str) for value in metadata.values()):
        raise Malformed("metadata should be an object of texts")
    return metadata


def _decline(error: Any) -> Decline | None:
    if error is None:
        return None
    if not isinstance(error, Mapping):
        raise Malformed("last_payment_error should be an object")
    return Decline(
        code=_optional(error, "code", longest=100),
        decline_code=_optional(error, "decline_code", longest=100),
        ref=_id_of(error.get("charge")) or _id_of(error.get("payment_method")),
    )


def _due_by(details: Any) -> datetime | None:
    if not isinstance(details, Mapping | None):
        raise Malformed("evidence_details should be an object")
    due_by = (details or {}).get("due_by")
    return None if due_by is None else moment(due_by)


def _id_of(value: Any) -> str:
    """A reference may come as an id or, expanded, as the object."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and len(value) <= 255 else ""
