"""Keys, secrets and releases, as far as settings alone tell. What `manage.py check` refuses, such as missing
ones, is not repeated here."""

import re
from collections.abc import Iterable

from django.conf import settings

from payments import gateway
from payments.checks import PUBLISHED

from .finding import Examination, Finding, ok, warning, wrong

DASHBOARD = "https://dashboard.stripe.com/apikeys"
SECRET_KEY = re.compile(r"(sk|rk)_(test|live)_\w{16,}")
PUBLISHABLE_KEY = re.compile(r"pk_(test|live)_\w{16,}")
WEBHOOK_SECRET = re.compile(r"whsec_\w{16,}")


def shape_of_keys() -> Iterable[Finding]:
    about = "API keys"
    for name, form, begin in (
        ("STRIPE_SECRET_KEY", SECRET_KEY, "sk_test_, sk_live_, rk_test_ or rk_live_"),
        ("STRIPE_PUBLISHABLE_KEY", PUBLISHABLE_KEY, "pk_test_ or pk_live_"),
    ):
        key = getattr(settings, name)
        if key and not form.fullmatch(key):
            remedy = f"Copy the whole key from {DASHBOARD}; it begins with {begin}."
            yield wrong(about, f"{name} is no key of Stripe's", remedy)
            return
    if not settings.STRIPE_SECRET_KEY:
        return
    mode = "live" if settings.STRIPE_LIVE_MODE else "test"
    kind = "restricted" if settings.STRIPE_SECRET_KEY.startswith("rk_") else "full"
    yield ok(about, f"{mode} mode, {kind} access")


def webhook_secrets() -> Iterable[Finding]:
    about = "webhook secret"
    secrets = settings.STRIPE_WEBHOOK_SECRETS
    if malformed := [secret for secret in secrets if not WEBHOOK_SECRET.fullmatch(secret)]:
        remedy = "Copy the signing secret that the dashboard or `stripe listen` shows; it begins with whsec_."
        yield wrong(about, f"{len(malformed)} of {len(secrets)} are no secrets of Stripe's", remedy)
    elif len(secrets) > 1:
        remedy = "Right while a secret is rolled. Drop the old one once it has expired, a day later at most."
        yield warning(about, f"{len(secrets)} are accepted", remedy)
    elif secrets:
        yield ok(about, "one is set")


def sandbox_or_stripe() -> Iterable[Finding]:
    """Settings that contradict each other: `check` believes STRIPE_SANDBOX."""
    about = "sandbox"
    is_real = "stripe.com" in settings.STRIPE_API_BASE
    if settings.STRIPE_SANDBOX and is_real:
        remedy = "Set STRIPE_SANDBOX=false and your own keys and secret, or remove STRIPE_API_BASE."
        yield wrong(about, f"it is on, but {settings.STRIPE_API_BASE} is asked", remedy)
    elif settings.STRIPE_SANDBOX:
        yield ok(about, f"on, at {settings.STRIPE_API_BASE}: no money moves")
    elif any(PUBLISHED in secret for secret in settings.STRIPE_WEBHOOK_SECRETS):
        remedy = "Anybody can sign webhooks with it. Set the secret of your own endpoint at once."
        yield wrong(about, "off, but the webhook secret is the sandbox's, which everybody knows", remedy)
    else:
        yield ok(about, f"off, {settings.STRIPE_API_BASE} is asked")


def sdk() -> Iterable[Finding]:
    """The SDK's types, and our parsers, are made for one release."""
    remedy = "Install what requirements.txt pins; change STRIPE_API_VERSION only with the SDK."
    yield compared("API release of the SDK", gateway.sdk_api_version(), remedy)


def compared(about: str, version: str, remedy: str) -> Finding:
    """Within a release, such as `dahlia`, versions only add; another release may have other shapes."""
    ours = settings.STRIPE_API_VERSION
    if version == ours:
        return ok(about, version)
    what = f"{version}, the shop speaks {ours}"
    if version.partition(".")[2] == ours.partition(".")[2]:
        return warning(about, what, remedy)
    return wrong(about, what, remedy)


EXAMINATIONS: tuple[Examination, ...] = (shape_of_keys, webhook_secrets, sandbox_or_stripe, sdk)
