"""`Idempotency-Key`: a client that did not get the answer asks again with the same key, and nothing is made twice."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
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
KEY = re.compile("[!-~]{1,255}")

Method = Callable[..., Response]


def idempotent(
    *, keep_answer: bool = True, in_one_transaction: bool = False
) -> Callable[[Method], Callable[..., HttpResponseBase]]:
    """Let a method of an Endpoint be repeated with the header `Idempotency-Key`.

    The same key with the same address and body gets the stored answer and the header `Idempotent-Replayed: true`; with
    another address or body 409 `idempotency_key_reused`; while the first request still runs, 409
    `idempotency_key_in_use`. Only success is stored: after an error the key is free again.

    What the method changes and its answer are stored together with `in_one_transaction=True`; methods that ask Stripe
    must not run in one, and are harmless to run again after a crash between the two.
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
            was_answered = known.status_code is not None
            with _freeing(known), transaction.atomic() if in_one_transaction else nullcontext():
                response = method(view, request, *args, **kwargs)
                _store(known, response, keep_answer=keep_answer)
            if was_answered:
                response[REPLAYED] = "true"
            return response

        return repeatable

    return decorate


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not KEY.fullmatch(key):
        raise ApiError("invalid_idempotency_key", f"{HEADER} takes 1 to 255 visible ASCII characters.")
    return key


def _known(request: Request, key: str) -> tuple[IdempotentRequest, bool]:
    """The row of this key, and whether it was written just now."""
    own = IdempotentRequest.objects.filter(user=user_of(request), key=key)
    own.outdated().delete()
    fresh = IdempotentRequest(user=user_of(request), key=key, fingerprint=_fingerprint(request))
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
    except IntegrityError:
        known = own.first()
        if known is None:  # it failed in this very moment
            raise _in_use() from None
        return known, False
    return fresh, True


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True)
    return hashlib.sha256(f"{request.method} {request.path.rstrip('/')} {body}".encode()).hexdigest()


def _replay(known: IdempotentRequest, request: Request) -> HttpResponse | None:
    """The answer to a key that was used before; None where the request has to run (again)."""
    if known.fingerprint != _fingerprint(request):
        message = f"This {HEADER} was used for another request. Use a new one."
        raise ApiError("idempotency_key_reused", message, status_code=status.HTTP_409_CONFLICT)
    if known.is_running or (known.status_code is None and not known.take_over()):
        raise _in_use()
    if not known.answer:
        return None
    return HttpResponse(
        known.answer, status=known.status_code, content_type="application/json", headers={REPLAYED: "true"}
    )


def _in_use() -> ApiError:
    message = "The first request with this key is still running. Try again in a moment."
    return ApiError("idempotency_key_in_use", message, status_code=status.HTTP_409_CONFLICT, retry_after=1)


@contextmanager
def _freeing(known: IdempotentRequest) -> Iterator[None]:
    """Whatever goes wrong, the key can be used again."""
    try:
        yield
    except BaseException:
        IdempotentRequest.objects.filter(pk=known.pk, created_at=known.created_at).delete()
        raise


def _store(known: IdempotentRequest, response: Response, *, keep_answer: bool) -> None:
    """Raises ApiError when this run took so long that it was held to be dead, and another one has taken over."""
    ours = IdempotentRequest.objects.filter(pk=known.pk, created_at=known.created_at)
    answer = ExactJSONRenderer().render(response.data).decode() if keep_answer else ""
    if not ours.update(status_code=response.status_code, answer=answer):
        raise _in_use()
