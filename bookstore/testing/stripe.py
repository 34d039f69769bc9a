"""Stripe in tests: the sandbox on a free port, and its webhooks posted through the shop's real address."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test import Client

from payments.sandbox.testing import SandboxServer

WEBHOOK = "/orders/webhook"


class Stripe:
    """What Stripe does, from a test's point of view; `sandbox` has the details."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.sandbox = sandbox
        self._last: str | None = None

    def events(self, type_: str = "") -> list[dict[str, Any]]:
        """Events so far, oldest first; only those whose type begins with `type_`."""
        return [event for event in self.sandbox.events() if event["type"].startswith(type_)]

    def deliver(self, events: Iterable[dict[str, Any]] | None = None) -> list[Any]:
        """Post events to the shop, signed; by default all that happened since the last delivery."""
        if events is None:
            events = self.sandbox.events(after=self._last)
            self._last = events[-1]["id"] if events else self._last
        return [self.post(*self.sandbox.signed(event)) for event in events]

    @staticmethod
    def post(body: bytes, headers: dict[str, str]) -> Any:
        """The shop's answer, as Django's test client gives it."""
        extra = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        return Client().post(WEBHOOK, body, content_type="application/json", headers=extra)


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_server: SandboxServer, settings: Any) -> SandboxServer:
    """An empty sandbox that the shop talks to. It delivers nothing by itself."""
    sandbox_server.reset()
    settings.STRIPE_API_BASE = sandbox_server.url
    settings.STRIPE_JS_URL = sandbox_server.js_url
    settings.STRIPE_SECRET_KEY = sandbox_server.secret_key
    settings.STRIPE_PUBLISHABLE_KEY = sandbox_server.publishable_key
    settings.STRIPE_WEBHOOK_SECRETS = [sandbox_server.webhook_secret]
    return sandbox_server


@pytest.fixture
def stripe(sandbox: SandboxServer) -> Stripe:
    return Stripe(sandbox)
