"""Whether a webhook really comes from Stripe, and just now."""

import time
from collections.abc import Iterable

import stripe

TOLERANCE = 300
"""Seconds by which the signature's time may differ from ours, either way (docs.stripe.com/webhooks)."""


class InvalidSignature(ValueError):
    """Not signed with one of our secrets, or not now."""


def verify(body: bytes, header: str, secrets: Iterable[str]) -> None:
    """Raises InvalidSignature. Several secrets are valid while one is rolled."""
    if not header.isascii():
        raise InvalidSignature("the signature is not ASCII")
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        _refuse_the_future(header)
        return
    raise InvalidSignature("no secret of ours made this signature within the last minutes")


def _refuse_the_future(header: str) -> None:
    """The SDK refuses old signatures only; one dated ahead could be replayed for as long."""
    signed_at = int(next(item[2:] for item in header.split(",") if item.startswith("t=")))
    if signed_at > time.time() + TOLERANCE:
        raise InvalidSignature("the signature is dated ahead")
