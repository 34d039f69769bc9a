"""What Stripe would say: intents, refunds, disputes and events made by hand, and signatures made without the SDK."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from payments.models import Payment
from payments.money import to_minor
from payments.stripe_objects import Decline, Intent

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""When the stories of these tests begin."""

_numbers = count(1)


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def intent_object(payment: Payment, status: str = "succeeded", **changes: Any) -> dict[str, Any]:
    """A PaymentIntent as the API and events carry it; by default exactly what the payment asked for."""
    minor = to_minor(payment.amount, payment.currency)
    return {
        "id": payment.stripe_payment_id or f"pi_of_{payment.pk.hex}",
        "object": "payment_intent",
        "amount": minor,
        "amount_received": minor if status == "succeeded" else 0,
        "created": int(NOON.timestamp()),
        "currency": payment.currency,
        "livemode": False,
        "metadata": {"payment_id": str(payment.pk), "order_id": str(payment.order_id)},
        "last_payment_error": None,
        "status": status,
        **changes,
    }


def intent(payment: Payment, status: str = "succeeded", **changes: Any) -> Intent:
    return Intent.parse(intent_object(payment, status, **changes))


def error(
    code: str = "card_declined", decline_code: str = "generic_decline", charge: str = "ch_1"
) -> dict[str, str]:
    """A `last_payment_error`."""
    return {"code": code, "decline_code": decline_code, "charge": charge, "type": "card_error"}


def declined(payment: Payment, charge: str = "ch_1", **words: str) -> Intent:
    return intent(payment, "requires_payment_method", last_payment_error=error(charge=charge, **words))


DECLINE = Decline("card_declined", "generic_decline", "ch_1")


def refund_object(payment: Payment, status: str = "succeeded", **changes: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "amount": to_minor(payment.amount, payment.currency),
        "currency": payment.currency,
        "metadata": {},
        "payment_intent": payment.stripe_payment_id,
        "status": status,
        **changes,
    }


def dispute_object(payment: Payment, status: str = "needs_response", **changes: Any) -> dict[str, Any]:
    return {
        "id": "du_1",
        "object": "dispute",
        "amount": to_minor(payment.amount, payment.currency),
        "currency": payment.currency,
        "evidence_details": {"due_by": int(at(7 * 86400).timestamp())},
        "payment_intent": payment.stripe_payment_id,
        "reason": "fraudulent",
        "status": status,
        **changes,
    }


def event(type_: str, obj: object, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"evt_by_hand_{next(_numbers)}",
        "object": "event",
        "api_version": "2026-08-26.dahlia",
        "created": int(NOON.timestamp()),
        "data": {"object": obj},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type_,
        **changes,
    }


def encoded(event: object) -> bytes:
    return json.dumps(event).encode()


def signature(body: bytes, secret: str, *, when: float | None = None, scheme: str = "v1") -> str:
    """A Stripe-Signature header, as docs.stripe.com/webhooks describes it."""
    seconds = int(time.time() if when is None else when)
    digest = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},{scheme}={digest}"


def attention_to(payment: Payment) -> str:
    """What a person is told of the payment, case by case; "" when nobody is needed."""
    return "; ".join(case.detail for case in payment.attentions.open().order_by("pk"))
