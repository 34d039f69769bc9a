"""A Stripe without a network: the gateway's own SDK, handing its requests to a sandbox in the same process.

Thousands of purchases in a test run want this. Keys, retries, errors and faults are those of the real way; only the
socket is missing, and with it the waiting: a line that hangs is cut at once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import stripe

from . import gateway
from .sandbox.api import Api, ApiRequest, ApiResponse, Keys, Outage
from .sandbox.faults import Fault
from .sandbox.testing import SandboxServer

ADDRESS = "http://stripe.invalid"


class DirectLine(stripe.HTTPClient):
    """What the SDK takes for its way to Stripe. `struck` counts the faults that its requests have met, by name."""

    name = "direct"

    def __init__(self, sandbox: SandboxServer) -> None:
        super().__init__()
        self.sandbox = sandbox
        self.api = Api(sandbox.engine, Keys(sandbox.secret_key, sandbox.publishable_key))
        self.struck: Counter[str] = Counter()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Raises stripe.APIConnectionError when the line is cut, as the SDK's own clients do."""
        address = urlsplit(url)
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        named = {name.lower(): value for name, value in (headers or {}).items()}
        answer = self._answer(ApiRequest(method.upper(), address.path, address.query, body, named))
        return (
            answer.body,
            answer.status,
            {name.lower(): value for name, value in answer.headers.items()},
        )

    def close(self) -> None:
        """There is nothing to close."""

    def _sleep_time_seconds(self, *args: Any, **kwargs: Any) -> float:
        return 0

    def _answer(self, request: ApiRequest) -> ApiResponse:
        with self.sandbox.engine.lock:
            fault = self.sandbox.faults.for_request(request.method, request.path)
        if fault is None:
            return self.api.handle(request)
        self.struck[f"{fault.effect} {fault.when}"] += 1
        return self._struck(request, fault)

    def _struck(self, request: ApiRequest, fault: Fault) -> ApiResponse:
        """What a request gets that a fault has struck; the same as over the sandbox's port."""
        after = fault.when == "after"
        if fault.effect == "error_429" or (fault.effect == "error_500" and not after):
            return self.api.broken(request, int(fault.effect[-3:]))
        if fault.effect == "error_500":
            return self.api.handle(request, Outage(fails_after=True))
        if after or fault.effect == "slow":
            answer = self.api.handle(request)
            if fault.effect == "slow":
                return answer
        raise stripe.APIConnectionError(f"the line was cut ({fault.effect})", should_retry=True)


@contextmanager
def direct_line(sandbox: SandboxServer) -> Iterator[DirectLine]:
    """From now on the shop's gateway talks to this sandbox, which needs no server."""
    line = DirectLine(sandbox)
    with mock.patch.object(stripe, "RequestsClient", return_value=line):
        gateway._client_for.cache_clear()
        yield line
    gateway._client_for.cache_clear()
