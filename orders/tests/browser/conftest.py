"""The shop on a real port, Stripe's sandbox beside it sending webhooks, and shoppers with browsers of their own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from orders.factories import DeliveryMethodFactory
from orders.models import DeliveryMethod
from payments.sandbox.testing import SandboxServer

from .shopper import PATIENCE, Shopper

DELIVERY_SECONDS = 60  # much more than it takes, for machines that are busy

NewShopper = Callable[..., Shopper]


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    """Not the one that other tests share: in this one time passes and webhooks go out by themselves."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(sandbox: SandboxServer, settings: Any, live_server: Any) -> Iterator[SandboxServer]:
    """The shop's Stripe, on a free port; webhooks reach the shop over HTTP."""
    hosts = [sandbox.url]
    settings.PAY_PAGE_CONTENT_SECURITY_POLICY = {
        "script-src": hosts,
        "frame-src": hosts,
        "connect-src": hosts,
    }
    settings.SITE_URL = live_server.url
    sandbox.set_webhook_url(f"{live_server.url}/orders/webhook")
    yield sandbox
    sandbox.faults.clear()
    wait_for_webhooks(sandbox)
    sandbox.set_webhook_url(None)


@pytest.fixture
def delivery(sandbox: SandboxServer) -> DeliveryMethod:
    """What the shop offers. The tables are emptied after each of these tests, migrations' rows included."""
    return DeliveryMethodFactory.create()


@pytest.fixture
def new_shopper(
    browser: Browser, live_server: Any, sandbox: SandboxServer, delivery: DeliveryMethod
) -> Iterator[NewShopper]:
    """Shoppers with a browser profile each. A test fails on whatever their browsers complain about."""
    came: list[Shopper] = []

    def come(**profile: Any) -> Shopper:
        context = browser.new_context(locale="en-GB", timezone_id="Europe/London", **profile)
        came.append(Shopper(context, live_server.url, sandbox))
        return came[-1]

    yield come
    for shopper in came:
        shopper.leaves()
    assert [complaint for shopper in came for complaint in shopper.complaints] == []


@pytest.fixture
def shopper(new_shopper: NewShopper) -> Shopper:
    return new_shopper()


@pytest.fixture
def book(delivery: DeliveryMethod) -> Book:
    return BookFactory.create(title="Middlemarch", contributors=["George Eliot"])


def wait_for_webhooks(sandbox: SandboxServer) -> None:
    """Until every event that is on its way has reached the shop."""
    sandbox.wait_for_deliveries(DELIVERY_SECONDS)
