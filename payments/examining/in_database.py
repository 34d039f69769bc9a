"""What the database tells of our dealings with Stripe: other modes, events that wait, cases for people."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from payments import catching_up
from payments.models import Attention, Cursor, MirroredPaymentIntent, Payment, StripeEvent

from .finding import Examination, Finding, in_words, ok, warning, wrong
from .keys import compared

STALE = timedelta(minutes=10)
UNREAD = timedelta(hours=1)
LATEST = 20


def mode_of_data() -> Iterable[Finding]:
    """Whether the database has only seen the mode that the keys are of."""
    about = "mode of the data"
    of_other_mode = not settings.STRIPE_LIVE_MODE
    mode, other = ("test", "live") if of_other_mode else ("live", "test")
    events = StripeEvent.objects.filter(livemode=of_other_mode)
    intents = MirroredPaymentIntent.objects.filter(livemode=of_other_mode).count()
    if applied := events.exclude(processed_at=None).count() + intents:
        remedy = f"The keys are for {mode} mode: use a database of its own for each mode, or put the other keys back."
        yield wrong(about, f"{applied} {other} events and payments among the shop's", remedy)
    elif refused := events.count():
        remedy = (
            f"An endpoint of {other} mode sends here. Remove it in the dashboard; its events were set aside."
        )
        yield warning(about, f"{refused} {other} events came and were set aside", remedy)
    else:
        yield ok(about, f"{mode} only")


def release_of_events() -> Iterable[Finding]:
    about = "API release of events"
    latest = StripeEvent.objects.filter(came_by=StripeEvent.CameBy.WEBHOOK).order_by("-received_at")
    versions = {str(event.payload.get("api_version")) for event in latest.only("payload")[:LATEST]}
    if others := versions - {settings.STRIPE_API_VERSION}:
        remedy = "Create the webhook endpoint anew with the shop's API version; see docs/stripe.md."
        yield compared(about, min(others), remedy)
    elif versions:
        yield ok(about, settings.STRIPE_API_VERSION)
    else:
        yield ok(about, "no webhook came yet")


def stale_events() -> Iterable[Finding]:
    about = "events"
    waiting = StripeEvent.objects.unprocessed().filter(received_at__lte=timezone.now() - STALE)
    waiting_count, oldest = waiting.aggregate(n=Count("pk"), oldest=Min("received_at")).values()
    lately = timezone.now() - catching_up.KEPT
    aside = StripeEvent.objects.exclude(quarantine="").filter(received_at__gte=lately).count()
    if waiting_count:
        remedy = "Is `manage.py tend` running? The error of each stands in the admin, under Stripe events."
        age = in_words(timezone.now() - oldest)
        yield wrong(about, f"{waiting_count} could not be applied, the oldest for {age}", remedy)
    if aside:
        yield warning(about, f"{aside} set aside", Attention.REMEDIES[Attention.Reason.EVENT_SET_ASIDE])
    if not waiting_count and not aside:
        yield ok(about, "all applied")


def events_read() -> Iterable[Finding]:
    """Whether somebody asks Stripe for what did not come."""
    about = "missed events"
    cursor = Cursor.find(Cursor.Name.EVENTS)
    remedy = "Is `manage.py tend` running, and does Stripe answer it? Its log says what failed."
    if cursor is None and Payment.objects.filter(created_at__lte=timezone.now() - UNREAD).exists():
        yield wrong(about, "were never asked for", remedy)
    elif cursor is None:
        yield ok(about, "nothing to ask for yet")
    else:
        age = timezone.now() - cursor.looked_at
        what = f"last asked for {in_words(age)} ago"
        yield wrong(about, what, remedy) if age > UNREAD else ok(about, what)


def cases() -> Iterable[Finding]:
    about = "needs attention"
    reasons = Attention.objects.open().values_list("reason").annotate(n=Count("pk"), oldest=Min("opened_at"))
    found = list(reasons.order_by("reason"))
    if not found:
        yield ok(about, "no case is open")
    for reason, count, oldest in found:
        what = (
            f"{Attention.Reason(reason).label}: {count}, the oldest for {in_words(timezone.now() - oldest)}"
        )
        yield warning(about, what, Attention.REMEDIES[reason])


EXAMINATIONS: tuple[Examination, ...] = (mode_of_data, release_of_events, stale_events, events_read, cases)
