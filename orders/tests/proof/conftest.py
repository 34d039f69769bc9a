"""A Stripe without a network, for proofs that make thousands of purchases."""

from collections.abc import Iterator

import pytest

from bookstore.testing.stripe import Stripe
from payments.sandbox.testing import SandboxServer
from payments.testing import ADDRESS, DirectLine, direct_line

from .world_stage import Listener, PostOffice, Shop, Stage

AUDITED = 10
"""Of so many stories about one has the whole audit look at its end; it takes longer than a story."""


@pytest.fixture
def line(settings) -> Iterator[DirectLine]:
    """The shop's gateway talks to a sandbox in this process; see `direct_stripe` for what it does there."""
    sandbox = SandboxServer()
    sandbox.reset()
    settings.STRIPE_API_BASE = ADDRESS
    settings.STRIPE_SECRET_KEY = sandbox.secret_key
    settings.STRIPE_PUBLISHABLE_KEY = sandbox.publishable_key
    settings.STRIPE_WEBHOOK_SECRETS = [sandbox.webhook_secret]
    with direct_line(sandbox) as line:
        yield line


@pytest.fixture
def direct_stripe(line: DirectLine) -> Stripe:
    """As the `stripe` fixture, and several times as fast: no request goes over a socket."""
    return Stripe(line.sandbox)


@pytest.fixture
def stage(line, direct_stripe, settings, db) -> Stage:
    """What stories are played on, see `Stories`."""
    settings.EMAIL_BACKEND = f"{PostOffice.__module__}.{PostOffice.__qualname__}"
    return Stage(Shop.open(), direct_stripe, line, Listener(), audited=AUDITED)
