"""Stripe's dialect of HTTP, without a network: keys, headers, idempotency, errors."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import API_VERSION, forms, params, views
from .engine import Engine, RequestContext
from .errors import ApiError
from .idempotency import IdempotencyKeys, Replay
from .operations import Operation, find

LARGEST_BODY = 1_000_000
VERSION = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}(\.[a-z]+)?")


@dataclass(frozen=True)
class ApiRequest:
    """Header names in lower case."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def idempotency_key(self) -> str | None:
        return self.headers.get("idempotency-key") if self.method == "POST" else None


@dataclass(frozen=True)
class ApiResponse:
    status: int
    body: str
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Outage:
    """A fault to be acted out around the work: `wait` after the key was claimed, or a broken answer afterwards."""

    wait: Callable[[], None] = lambda: None
    fails_after: bool = False


NO_OUTAGE = Outage()


@dataclass(frozen=True)
class Keys:
    """The only keys that are accepted; where one is not set, any test key of its kind will do."""

    secret: str | None = None
    publishable: str | None = None

    def check(self, key: str) -> bool:
        """Whether the key is a publishable one. Raises ApiError (401) for an unknown key."""
        for publishable, own, form in (
            (False, self.secret, "sk_test_"),
            (True, self.publishable, "pk_test_"),
        ):
            if key == own or (own is None and key.startswith(form) and len(key) > len(form)):
                return publishable
        shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "****"
        raise ApiError(401, f"Invalid API Key provided: {shown}")


class Api:
    """Answers requests. Thread-safe, as the engine is."""

    def __init__(self, engine: Engine, keys: Keys = Keys()) -> None:
        self.engine = engine
        self.keys = keys
        self.idempotency = IdempotencyKeys(engine)

    def handle(self, request: ApiRequest, outage: Outage = NO_OUTAGE) -> ApiResponse:
        """Never raises for what a client may send; whatever it is, the answer is Stripe's."""
        request_id = self.engine.new_id("req")
        try:
            return self._answer(request, request_id, outage)
        except ApiError as error:
            return self._response(
                request, request_id, error.status, _error_body(error), executed=error.executed
            )

    def broken(self, request: ApiRequest, status: int) -> ApiResponse:
        """A 500 or 429 from the edge: nothing was executed, nothing is kept for the key."""
        request_id = self.engine.new_id("req")
        error = too_many_requests() if status == 429 else server_error()
        return self._response(request, request_id, status, _error_body(error))

    def _answer(self, request: ApiRequest, request_id: str, outage: Outage) -> ApiResponse:
        publishable = self._authenticate(request)
        _check_version(request)
        operation, ids = find(request.method, request.path)
        if publishable and not operation.browser:
            raise ApiError(
                403,
                "This API call cannot be made with a publishable API key. Please use a secret API key.",
                code="secret_key_required",
            )
        context = RequestContext(request_id, request.idempotency_key, publishable)
        work = _Work(self.engine, operation, ids, _parameters(request), context)
        if not request.idempotency_key:
            outage.wait()
            status, body = work.run(fails=outage.fails_after)
            return self._response(request, request_id, status, body, executed=True)
        return self._keyed(request, request_id, work, outage)

    def _keyed(self, request: ApiRequest, request_id: str, work: _Work, outage: Outage) -> ApiResponse:
        endpoint, parameters = request.path, _parameters(request)
        key = f"{'pk' if work.context.publishable else 'sk'}:{request.idempotency_key}"
        claim = self.idempotency.claim(key, endpoint, parameters, request_id)
        if isinstance(claim, Replay):
            return self._response(
                request, request_id, claim.status, claim.body, executed=True, original=claim.original_request
            )
        try:
            outage.wait()
            status, body = work.run(
                fails=outage.fails_after, keep=lambda *answer: self.idempotency.keep(claim, *answer)
            )
        finally:
            self.idempotency.release(claim)
        return self._response(request, request_id, status, body, executed=True)

    def _authenticate(self, request: ApiRequest) -> bool:
        key = _key_in(request)
        if not key:
            raise ApiError(
                401,
                "You did not provide an API key. You need to provide your API key in the Authorization header, using"
                " Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            )
        return self.keys.check(key)

    def _response(
        self,
        request: ApiRequest,
        request_id: str,
        status: int,
        body: str,
        *,
        executed: bool = False,
        original: str | None = None,
    ) -> ApiResponse:
        headers = {
            "Content-Type": "application/json",
            "Cache-Control": "no-cache, no-store",
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("stripe-version", API_VERSION),
        }
        if request.idempotency_key:
            headers["Idempotency-Key"] = request.idempotency_key
            headers["Original-Request"] = original or request_id
        if original:
            headers["Idempotent-Replayed"] = "true"
        if status == 429:
            headers["Stripe-Should-Retry"] = "true"
        elif executed and request.method == "POST" and status < 500:
            headers["Stripe-Should-Retry"] = "false"
        return ApiResponse(status, body, headers)


@dataclass(frozen=True)
class _Work:
    """One operation with its parameters, ready to run in one transaction."""

    engine: Engine
    operation: Operation
    ids: tuple[str, ...]
    parameters: str
    context: RequestContext

    def run(
        self, *, fails: bool = False, keep: Callable[[int, str], None] = lambda status, body: None
    ) -> tuple[int, str]:
        """Status and body, which are kept for the key with the work. Raises ApiError for what was not executed.

        `fails`: the work is done, and yet the answer (also the one that is kept) is a 500.
        """
        with self.engine.transaction(self.context):
            try:
                status, body = 200, self._execute()
            except ApiError as error:
                if not error.executed:
                    raise
                status, body = error.status, _error_body(error)
            if fails:
                status, body = 500, _error_body(server_error())
            keep(status, body)
        return status, body

    def _execute(self) -> str:
        raw = forms.decode(self.parameters)
        accepted = params.parse(self.operation.schema, raw)
        expand = accepted.pop("expand", [])
        answer = views.public(self.operation.action(self.engine, *self.ids, accepted))
        return json.dumps(views.expanded(self.engine.store, answer, expand), indent=2)


def _parameters(request: ApiRequest) -> str:
    if request.method != "POST":
        return request.query
    if len(request.body) > LARGEST_BODY:
        raise ApiError(413, "The request is too large.")
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        raise ApiError(400, "Invalid request body: it is not form-encoded UTF-8.") from None


def _key_in(request: ApiRequest) -> str:
    """From `Authorization: Bearer`, or Basic with the key as user name."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _check_version(request: ApiRequest) -> None:
    version = request.headers.get("stripe-version", API_VERSION)
    if not VERSION.fullmatch(version):
        raise ApiError(400, f"Invalid Stripe API version: {version[:40]}.")


def _error_body(error: ApiError) -> str:
    return json.dumps({"error": error.error}, indent=2)


def server_error() -> ApiError:
    return ApiError(500, "An unknown error occurred on the sandbox's side, on purpose.", type="api_error")


def too_many_requests() -> ApiError:
    return ApiError(429, "Request rate limit exceeded.", code="rate_limit")
