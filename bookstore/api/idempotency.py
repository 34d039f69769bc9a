"""`Idempotency-Key`: a client that did not get the answer asks again with the same key, and nothing is made twice."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from .errors import ApiError
from .identity import user_of
from .models import IdempotentRequest
from .rendering import ExactJSONRenderer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"

Method = Callable[..., Response]


def idempotent(*, keep_answer: bool = True) -> Callable[[Method], Callable[..., HttpResponseBase]]:
    """Let a method of an APIView be repeated with the header `Idempotency-Key`.

    The same key with the same address and body gets the stored answer and the header `Idempotent-Replayed: true`; with
    another address or body 409 `idempotency_key_reused`; while the first request still runs, 409
    `idempotency_key_in_use`. Only success is stored: after an error the key is free again.
    `keep_answer=False` is for methods that are idempotent by themselves and answer a secret, which must not be stored:
    they run again and answer the same.
    """

    def decorate(method: Method) -> Callable[..., HttpResponseBase]:
        @wraps(method)
        def repeatable(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            key = _key(request)
            if key is None:
                return method(view, request, *args, **kwargs)
            known, is_new = _known(request, key)
            if not is_new and (replay := _replay(known, request)):
                return replay
            return _run(known, lambda: method(view, request, *args, **kwargs), keep_answer=keep_answer)

        return repeatable

    return decorate


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not (0 < len(key) <= 255 and key.isprintable()):
        raise ApiError("invalid_idempotency_key", f"{HEADER} takes 1 to 255 printable characters.")
    return key


def _known(request: Request, key: str) -> tuple[IdempotentRequest, bool]:
    fresh = IdempotentRequest(user=user_of(request), key=key, fingerprint=_fingerprint(request))
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        return IdempotentRequest.objects.get(user=user_of(request), key=key), False
    return fresh, True


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True)
    return hashlib.sha256(f"{request.method} {request.path.rstrip('/')} {body}".encode()).hexdigest()


def _replay(known: IdempotentRequest, request: Request) -> HttpResponse | None:
    """The answer to a key that was used before; None where the request has to run (again)."""
    if known.fingerprint != _fingerprint(request):
        message = f"This {HEADER} was used for another request. Use a new one."
        raise ApiError("idempotency_key_reused", message, status_code=status.HTTP_409_CONFLICT)
    if known.status_code is None and not known.is_abandoned:
        message = "The first request with this key is still running. Try again in a moment."
        raise ApiError("idempotency_key_in_use", message, status_code=status.HTTP_409_CONFLICT, retry_after=1)
    if not known.answer:
        return None
    return HttpResponse(
        known.answer, status=known.status_code, content_type="application/json", headers={REPLAYED: "true"}
    )


def _run(known: IdempotentRequest, method: Callable[[], Response], *, keep_answer: bool) -> Response:
    try:
        response = method()
    except BaseException:
        IdempotentRequest.objects.filter(pk=known.pk).delete()
        raise
    known.status_code = response.status_code
    known.answer = ExactJSONRenderer().render(response.data).decode() if keep_answer else ""
    known.save(update_fields=["status_code", "answer"])
    return response
