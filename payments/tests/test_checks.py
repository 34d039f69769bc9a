"""`manage.py check` refuses settings that would put money at risk."""

import re

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from payments.checks import KNOWN_TO_ALL, MISSING, MIXED_KEYS, SANDBOX_IN_PRODUCTION, stripe_settings

STRIPE = "https://api.stripe.com"


@pytest.fixture
def production(settings):
    """A shop that takes real money; each test spoils one thing."""
    settings.DEBUG = False
    settings.STRIPE_SANDBOX = False
    settings.STRIPE_API_BASE = STRIPE
    settings.STRIPE_SECRET_KEY = "sk_live_" + "0" * 24
    settings.STRIPE_PUBLISHABLE_KEY = "pk_live_" + "0" * 24
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_x"]
    settings.STRIPE_LIVE_MODE = True
    return settings


def found():
    return [message.id for message in stripe_settings()]


def test_a_shop_in_order_has_nothing_to_hear(production):
    assert found() == []


def test_the_sandbox_is_refused_in_production(production):
    production.STRIPE_SANDBOX = True

    assert found() == [SANDBOX_IN_PRODUCTION]
    with pytest.raises(SystemCheckError, match="confirmed without money"):
        call_command("check", "--tag", "security")


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:12111", "http://api.stripe.com", "https://api.stripe.com.evil.example", ""]
)
def test_so_is_every_other_address_than_stripes(production, base):
    production.STRIPE_API_BASE = base

    assert found() == [SANDBOX_IN_PRODUCTION]


def test_a_demo_may_use_the_sandbox(production):
    production.DEBUG = True
    production.STRIPE_SANDBOX = True
    production.STRIPE_API_BASE = "http://127.0.0.1:12111"

    assert found() == []


@pytest.mark.parametrize(
    ("name", "empty"),
    [("STRIPE_SECRET_KEY", ""), ("STRIPE_PUBLISHABLE_KEY", ""), ("STRIPE_WEBHOOK_SECRETS", [])],
)
def test_what_is_missing_is_named(production, name, empty):
    production.STRIPE_LIVE_MODE = name != "STRIPE_PUBLISHABLE_KEY"
    setattr(production, name, empty)

    (message,) = stripe_settings()

    assert message.id == MISSING
    assert message.msg.startswith(name.removesuffix("S"))


@pytest.mark.parametrize(("publishable", "live"), [("pk_live_", False), ("pk_test_", True)])
def test_keys_of_two_modes_are_refused(production, publishable, live):
    production.STRIPE_PUBLISHABLE_KEY = publishable + "0" * 24
    production.STRIPE_LIVE_MODE = live

    assert found() == [MIXED_KEYS]


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"])
@pytest.mark.parametrize("debug", [True, False])
def test_what_the_sandbox_publishes_is_refused_with_real_stripe(production, name, debug):
    (published,) = re.findall(rf"(?m)^{name}=(.+)$", (production.BASE_DIR / ".env.example").read_text())
    production.DEBUG = debug
    production.STRIPE_PUBLISHABLE_KEY = "pk_test_" + "0" * 24
    production.STRIPE_LIVE_MODE = False
    if name == "STRIPE_WEBHOOK_SECRET":
        production.STRIPE_WEBHOOK_SECRETS = ["whsec_x", published]
    else:
        setattr(production, name, published)

    (message,) = stripe_settings()

    assert message.id == KNOWN_TO_ALL
    assert message.msg.startswith(name)


def test_the_sandbox_itself_may_use_them(production):
    production.DEBUG = production.STRIPE_SANDBOX = True
    production.STRIPE_WEBHOOK_SECRETS = ["whsec_sandbox0000000000000000000000"]

    assert found() == []


def test_no_message_shows_a_key(production):
    production.STRIPE_SANDBOX = True
    production.STRIPE_PUBLISHABLE_KEY = "pk_test_" + "0" * 24

    assert len(stripe_settings()) == 2
    assert "0000" not in str(stripe_settings())


# Each refusal says what to do


def test_the_sandbox_in_production_comes_with_a_remedy(production):
    production.STRIPE_SANDBOX = True

    (message,) = stripe_settings()

    assert message.msg == (
        "The Stripe sandbox is on while DEBUG is off: orders would be confirmed without money."
    )
    assert message.hint == "Set STRIPE_SANDBOX=false and real keys, or DEBUG=true for a demo."


def test_a_slash_at_the_end_of_stripes_address_is_no_other_address(production):
    production.STRIPE_API_BASE = STRIPE + "/"

    assert found() == []


def test_a_missing_key_comes_with_a_place_to_read(production):
    production.STRIPE_WEBHOOK_SECRETS = []

    (message,) = stripe_settings()

    assert message.msg == "STRIPE_WEBHOOK_SECRET is not set."
    assert message.hint == "See .env.example and docs/stripe.md."
    assert (production.BASE_DIR / "docs/stripe.md").exists()


def test_mixed_keys_come_with_the_place_of_the_right_ones(production):
    production.STRIPE_LIVE_MODE = False

    (message,) = stripe_settings()

    assert message.msg == "One Stripe key is for live mode, the other for test mode."
    assert message.hint == (
        "Take STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY from the same page of the dashboard."
    )


def test_a_published_secret_comes_with_the_place_of_a_secret_one(production):
    production.STRIPE_WEBHOOK_SECRETS = ["whsec_sandbox0000000000000000000000"]

    (message,) = stripe_settings()

    assert message.msg == "STRIPE_WEBHOOK_SECRET is the sandbox's, which everybody knows."
    assert message.hint == "Take your own from Stripe's dashboard, see docs/stripe.md."
