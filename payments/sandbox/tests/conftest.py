"""A sandbox per test session, emptied before each test, and the real SDK pointed at it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import stripe
from playwright.sync_api import Browser, Page

from payments.sandbox.testing import SandboxServer


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(running_sandbox: SandboxServer) -> SandboxServer:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def client(sandbox: SandboxServer) -> stripe.StripeClient:
    return stripe.StripeClient(
        sandbox.secret_key,
        base_addresses={"api": sandbox.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=30),
    )


@pytest.fixture
def stripe_api(client: stripe.StripeClient) -> stripe.V1Services:
    return client.v1


@pytest.fixture
def http(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    """Raw HTTP with the secret key."""
    headers = {"Authorization": f"Bearer {sandbox.secret_key}"}
    with httpx.Client(base_url=sandbox.url, headers=headers, timeout=30) as raw:
        yield raw


@pytest.fixture
def browser_http(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    """Raw HTTP with the publishable key, as Stripe.js calls."""
    headers = {"Authorization": f"Bearer {sandbox.publishable_key}"}
    with httpx.Client(base_url=sandbox.url, headers=headers, timeout=30) as raw:
        yield raw


@pytest.fixture
def new_intent(stripe_api):
    def create(**params):
        defaults = {
            "amount": 1999,
            "currency": "gbp",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
        return stripe_api.payment_intents.create({**defaults, **params})

    return create


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test when the CSP stopped something or a script threw."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(8000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
    yield page
    context.close()
    assert complaints == []
