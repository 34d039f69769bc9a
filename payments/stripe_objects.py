"""Stripe's objects as far as the shop reads them, checked once where they come in.

The same parsers serve answers of the API and the `data.object` of events.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")


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
            id=_take(data, "id", str),
            status=_take(data, "status", str),
            amount=_take(data, "amount", int),
            amount_received=_take(data, "amount_received", int),
            currency=_take(data, "currency", str),
            livemode=_take(data, "livemode", bool),
            metadata=_metadata(data),
            decline=_decline(data.get("last_payment_error")),
            client_secret=data.get("client_secret") or "",
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

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "RefundNews":
        """Raises Malformed."""
        if data.get("object") != "refund":
            raise Malformed("not a refund")
        return cls(
            id=_take(data, "id", str),
            status=_take(data, "status", str),
            amount=_take(data, "amount", int),
            currency=_take(data, "currency", str),
            payment_intent=_id_of(data.get("payment_intent")),
            failure_reason=data.get("failure_reason") or "",
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
        due_by = (data.get("evidence_details") or {}).get("due_by")
        return cls(
            id=_take(data, "id", str),
            status=_take(data, "status", str),
            reason=_take(data, "reason", str),
            amount=_take(data, "amount", int),
            currency=_take(data, "currency", str),
            payment_intent=_id_of(data.get("payment_intent")),
            evidence_due_at=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        )


def without_secrets(data: Any) -> Any:
    """A copy of a Stripe object that may be kept: client secrets are left out, however deep they lie.

    NUL characters go too, since PostgreSQL cannot store them.
    """
    if isinstance(data, Mapping):
        return {key: without_secrets(value) for key, value in data.items() if key != "client_secret"}
    if isinstance(data, list):
        return [without_secrets(item) for item in data]
    return data.replace("\0", "") if isinstance(data, str) else data


def _take(data: Mapping[str, Any], key: str, kind: type[T]) -> T:
    value = data.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Malformed(f"{key} should be {kind.__name__}")
    return value


def _metadata(data: Mapping[str, Any]) -> Mapping[str, str]:
    metadata = data.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise Malformed("metadata should be an object")
    return metadata


def _decline(error: Any) -> Decline | None:
    if not isinstance(error, Mapping):
        return None
    return Decline(
        code=error.get("code") or "",
        decline_code=error.get("decline_code") or "",
        ref=_id_of(error.get("charge")) or _id_of(error.get("payment_method")),
    )


def _id_of(value: Any) -> str:
    """A reference may come as an id or, expanded, as the object."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else ""
