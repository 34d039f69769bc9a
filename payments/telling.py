"""What Stripe's events say, in plain words for staff. Only the shop's own pages are told; nothing is decided here."""

from collections.abc import Callable, Mapping
from typing import Any

from .models import StripeEvent
from .money import from_minor, written

Told = Mapping[str, Any]


def in_words(event: StripeEvent) -> str:
    """Empty for events that bring no news, such as a charge's besides its PaymentIntent's."""
    told: Told = event.payload["data"]["object"]
    say = next((WORDS[start] for start in WORDS if event.type.startswith(start)), None)
    return say(told) if say else ""


def _declined(told: Told) -> str:
    error = told.get("last_payment_error") or {}
    codes = (error.get("code"), error.get("decline_code"))
    why = ", ".join(str(code).replace("_", " ") for code in dict.fromkeys(codes) if code)
    return f"The payment was declined: {why or 'no reason given'}"


def _succeeded(told: Told) -> str:
    return f"The payment succeeded: {_amount(told, 'amount_received')}"


def _refund(told: Told) -> str:
    why = told.get("failure_reason")
    return f"Refund of {_amount(told, 'amount')}: {_plain(told, 'status')}" + (
        f", {_plain(told, 'failure_reason')}" if why else ""
    )


def _dispute(told: Told) -> str:
    return f"Dispute of {_amount(told, 'amount')}, {_plain(told, 'reason')}: {_plain(told, 'status')}"


def _amount(told: Told, key: str) -> str:
    minor, currency = told.get(key), str(told.get("currency", ""))
    return written(from_minor(minor, currency), currency) if isinstance(minor, int) else "no amount"


def _plain(told: Told, key: str) -> str:
    """`needs_response` as people write it."""
    return str(told.get(key) or "unknown").replace("_", " ")


WORDS: dict[str, Callable[[Told], str]] = {
    "payment_intent.processing": lambda told: "The bank is working on the payment",
    "payment_intent.requires_action": lambda told: "The bank wants the shopper to confirm the payment",
    "payment_intent.payment_failed": _declined,
    "payment_intent.succeeded": _succeeded,
    "payment_intent.canceled": lambda told: "The payment was canceled",
    "refund.": _refund,
    "charge.refund.updated": _refund,
    "charge.dispute.": _dispute,
}
"""By how the event's type begins."""
