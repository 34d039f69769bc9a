"""Where Stripe tells us what happened: `POST /orders/webhook`."""

import json
import logging
import math
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from . import inbox, signatures, turnstile
from .stripe_objects import Malformed

logger = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024
"""Bytes. Stripe's events are a few thousand."""


@csrf_exempt  # Stripe signs its requests instead
def receive(request: HttpRequest) -> JsonResponse:
    """Answer 200 as soon as the event is safe with us, even when it cannot be applied yet: we retry it ourselves.

    400: not from Stripe, or no event. 413: too large. 429: too often what Stripe did not sign. 503: could not be
    stored, Stripe shall send it again.
    """
    if request.method != "POST":
        return _refusal("method_not_allowed", "Stripe posts its events.", status=405, Allow="POST")
    if _length(request) > LARGEST_BODY:
        return _unsigned(request, "body_too_large", "The body is too large.", status=413)
    try:
        body = request.body
        signatures.verify(body, request.headers.get("Stripe-Signature", ""), settings.STRIPE_WEBHOOK_SECRETS)
        envelope = inbox.Envelope.parse(_decoded(body))
    except (signatures.InvalidSignature, UnreadablePostError) as error:  # or the line broke off
        logger.warning("Webhook refused: %s", error)
        return _unsigned(request, "invalid_signature", "The signature is not valid.")
    except (Malformed, ValueError, RecursionError) as error:
        logger.warning("Webhook refused: %s", type(error).__name__)
        return _refusal("malformed_event", "The body is not an event.")
    try:
        inbox.receive(envelope)
    except Error:  # of the database, whatever it is
        logger.exception("Event %s could not be stored", envelope.id)
        return _refusal("not_stored", "Please send the event again.", status=503)
    return JsonResponse({"received": True})


def _decoded(body: bytes) -> Any:
    """JSON as the standard has it. Raises ValueError also for what only Python reads: NaN, infinity."""
    return json.loads(body, parse_constant=_refuse, parse_float=_finite)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _finite(number: str) -> float:
    if math.isinf(value := float(number)):
        raise ValueError("a number is too large")
    return value


def _length(request: HttpRequest) -> int:
    try:
        return int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return LARGEST_BODY + 1


def _unsigned(request: HttpRequest, code: str, message: str, *, status: int = 400) -> JsonResponse:
    """Only here is anybody turned away for asking too often: what Stripe has signed was let through before."""
    if turnstile.is_shut(request):
        wait = {"Retry-After": str(turnstile.MINUTE)}
        return _refusal("throttled", "Too many requests. Please wait.", status=429, **wait)
    return _refusal(code, message, status=status)


def _refusal(code: str, message: str, *, status: int = 400, **headers: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message}, status=status, headers=headers)
