"""What only Stripe can tell: whether it answers, takes our key, has our time, and sends its events here."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from payments import catching_up, gateway
from payments.models import StripeEvent
from payments.stripe_objects import Endpoint

from .finding import Examination, Finding, in_words, ok, warning, wrong
from .keys import DASHBOARD, compared

SKEW_NOTED = timedelta(seconds=60)
SKEW_WRONG = timedelta(seconds=240)
"""Signatures are refused at 300."""

LOOKED_BACK = timedelta(days=1)
WEBHOOK = "/orders/webhook"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ENDPOINTS = "https://dashboard.stripe.com/webhooks"


def stripe() -> Iterator[Finding]:
    """All that Stripe is asked. When it does not answer nobody waits for the rest."""
    about, started = "Stripe", time.monotonic()
    try:
        greeting = gateway.greet()
    except gateway.GatewayError as error:
        yield _no_greeting(about, error, time.monotonic() - started)
        return
    waited = time.monotonic() - started
    yield _reached(about, waited, greeting.livemode)
    yield of_clock(greeting.server_time, timezone.now())
    for examine in (endpoint, arrivals):
        yield from _asked(examine)


def _no_greeting(about: str, error: gateway.GatewayError, waited: float) -> Finding:
    address = settings.STRIPE_API_BASE
    match error:
        case gateway.NotPermitted():
            remedy = f"Allow it to write PaymentIntents and Refunds, and to read Events and Disputes, at {DASHBOARD}."
            return wrong(about, "the restricted key may not read PaymentIntents", remedy)
        case gateway.KeyRefused():
            remedy = f"Was it rolled or deleted? Take the current one from {DASHBOARD}."
            return wrong(about, f"{address} does not accept STRIPE_SECRET_KEY", remedy)
        case gateway.StripeFailed():
            remedy = "Wait, and look at https://status.stripe.com. Nothing is lost meanwhile."
            return wrong(about, f"{address} fails: {error}", remedy)
        case gateway.StripeUnavailable():
            what = f"{address} gave no answer that helps within {waited:.1f} s: {error}"
            return wrong(about, what, _remedy_for_silence())
    return wrong(about, f"{address} refuses: {error}", "Is STRIPE_API_VERSION one that Stripe knows?")


def _remedy_for_silence() -> str:
    if settings.STRIPE_SANDBOX:
        return "Start the sandbox: `make run`, or `python -m payments.sandbox`."
    return "Are names resolved, and may this machine reach port 443? Then look at https://status.stripe.com."


def _reached(about: str, waited: float, livemode: bool | None) -> Finding:  # noqa: FBT001  # a fact, not a switch
    if livemode not in (None, settings.STRIPE_LIVE_MODE):
        remedy = f"Take the secret key of the mode that you mean from {DASHBOARD}."
        return wrong(about, f"the key's payments are {'live' if livemode else 'test'} ones", remedy)
    return ok(about, f"{settings.STRIPE_API_BASE} answers, {waited:.2f} s, and takes the key")


def of_clock(theirs: datetime | None, ours: datetime) -> Finding:
    about = "clock"
    if theirs is None:
        return warning(
            about, "Stripe's answer has no date", "Does a proxy between us and Stripe take it away?"
        )
    skew = abs(ours - theirs)
    what = f"{skew.total_seconds():.0f} s {'ahead of' if ours > theirs else 'behind'} Stripe's"
    remedy = "Let this machine keep its time by NTP (chrony, systemd-timesyncd): signatures off by 300 s are refused."
    if skew > SKEW_WRONG:
        return wrong(about, what, remedy)
    return warning(about, what, remedy) if skew > SKEW_NOTED else ok(about, what)


def _asked(examine: Examination) -> Iterator[Finding]:
    try:
        yield from examine()
    except gateway.NotPermitted:
        what = "the restricted key may not read this"
        yield warning(_name(examine), what, f"Allow it to read webhook endpoints and events, at {DASHBOARD}.")
    except gateway.GatewayError as error:
        yield wrong(
            _name(examine), f"Stripe cannot be asked: {error}", "Ask again; is Stripe well otherwise?"
        )


def _name(examine: Examination) -> str:
    return {endpoint: "webhook endpoint", arrivals: "webhooks"}[examine]


def endpoint() -> Iterable[Finding]:
    about, url = "webhook endpoint", settings.SITE_URL + WEBHOOK
    ours = [each for each in gateway.list_endpoints() if _leads_to(each.url, url)]
    if not ours:
        yield _no_endpoint(about, url)
        return
    enabled = [each for each in ours if each.status == "enabled"]
    if not enabled:
        yield wrong(about, f"{url} is disabled", f"Enable it at {ENDPOINTS}.")
    elif len(enabled) > len(settings.STRIPE_WEBHOOK_SECRETS):
        remedy = "Each has a secret of its own. Delete all but one, or name all their secrets."
        yield warning(about, f"{url} is registered {len(enabled)} times", remedy)
    for each in enabled:
        yield _events_of(about, each)
        yield _release_of(each)


def _leads_to(registered: str, ours: str) -> bool:
    """On one machine `localhost` and 127.0.0.1 are the same."""
    here, there = urlsplit(ours), urlsplit(registered)
    hosts = {here.hostname, there.hostname}
    same_host = len(hosts) == 1 or hosts <= set(LOOPBACK)
    same_place = (here.scheme, here.port) == (there.scheme, there.port)
    return same_host and same_place and here.path.rstrip("/") == there.path.rstrip("/")


def _no_endpoint(about: str, url: str) -> Finding:
    if urlsplit(settings.SITE_URL).hostname in LOOPBACK:
        remedy = f"On this machine let it run: stripe listen --forward-to {url}"
        return warning(about, f"none leads to {url}", remedy)
    return wrong(
        about, f"none leads to {url}", f"Add it at {ENDPOINTS}, and set its secret; see docs/stripe.md."
    )


def _events_of(about: str, registered: Endpoint) -> Finding:
    missing = set(catching_up.TYPES) - registered.enabled_events
    if "*" in registered.enabled_events or not missing:
        return ok(about, f"{registered.url}, with all events that are needed")
    what = f"{registered.url} is not sent {', '.join(sorted(missing))}"
    return wrong(
        about, what, f"Add these events to {registered.id} at {ENDPOINTS}; `tend` fetches them meanwhile."
    )


def _release_of(registered: Endpoint) -> Finding:
    about = "API release of the endpoint"
    remedy = f"Create the endpoint anew with {settings.STRIPE_API_VERSION}; see docs/stripe.md."
    if not registered.api_version:
        return warning(about, "follows the account's default, which anybody may change", remedy)
    return compared(about, registered.api_version, remedy)


def arrivals() -> Iterable[Finding]:
    """Whether what Stripe told lately came by itself. A wrong secret shows here, as does a firewall."""
    about, now = "webhooks", timezone.now()
    listed = gateway.list_events(
        since=now - LOOKED_BACK, until=now - catching_up.HEAD_START, types=catching_up.TYPES
    )
    ids = [str(event.get("id")) for event in islice(listed, gateway.PAGE)]  # newest first
    came = set(
        StripeEvent.objects.filter(pk__in=ids, came_by=StripeEvent.CameBy.WEBHOOK).values_list(
            "pk", flat=True
        )
    )
    lost_since = len(list(takewhile(lambda id_: id_ not in came, ids)))
    if not ids:
        yield ok(about, f"nothing to be told of within {in_words(LOOKED_BACK)}")
    elif lost_since:
        what = f"none of the last {lost_since} events came by itself"
        remedy = (
            "No webhook reaches the shop, or STRIPE_WEBHOOK_SECRET is not this endpoint's. Look at the endpoint's "
            f"deliveries at {ENDPOINTS}: 400 means the secret, no answer the way. `tend` fetches the events meanwhile."
        )
        yield wrong(about, what, remedy)
    elif missed := len(ids) - len(came):
        remedy = "They arrive again. Was the shop away? `tend` has fetched, or will fetch, what did not come."
        yield warning(about, f"{missed} of the last {len(ids)} events did not come by themselves", remedy)
    else:
        yield ok(about, f"the last {len(ids)} events came by themselves")


EXAMINATIONS: tuple[Examination, ...] = (stripe,)
