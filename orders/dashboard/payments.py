"""What goes wrong with payments: declined tries, and how late Stripe's news comes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Avg, Count, Max, Min, QuerySet

from orders.models import OrderEvent
from payments.models import StripeEvent

from .reckoning import Bounds, local_day, seconds_between

MOST_REASONS = 5


@dataclass(frozen=True)
class Delays:
    """From an event at Stripe to the webhook that told of it. Stripe counts in whole seconds."""

    webhooks: int = 0
    seconds: float = 0.0
    """All of them together."""
    longest: float = 0.0

    def __add__(self, other: "Delays") -> "Delays":
        return Delays(
            self.webhooks + other.webhooks,
            self.seconds + other.seconds,
            max(self.longest, other.longest),
        )

    @property
    def mean(self) -> float | None:
        return self.seconds / self.webhooks if self.webhooks else None


@dataclass(frozen=True)
class Backlog:
    """Events that are here and not applied, at this moment."""

    waiting: int
    oldest: datetime | None
    set_aside: int


def declines_by_day(bounds: Bounds) -> dict[date, int]:
    """Tries to pay that were declined. Most are followed by one that succeeds."""
    declined = _declined(bounds).annotate(day=local_day("at", bounds)).values_list("day")
    return dict(declined.annotate(n=Count("*")))


def decline_reasons(bounds: Bounds) -> list[tuple[str, int]]:
    """What shoppers were told, the most frequent first."""
    told = _declined(bounds).values_list("text").annotate(n=Count("*"))
    return [(text or "No reason known", n) for text, n in told.order_by("-n", "text")[:MOST_REASONS]]


def delays_by_day(bounds: Bounds) -> dict[date, Delays]:
    return dict(_delays(bounds))


def backlog() -> Backlog:
    waiting = StripeEvent.objects.unprocessed().aggregate(n=Count("*"), oldest=Min("received_at"))
    set_aside = StripeEvent.objects.filter(processed_at=None).exclude(quarantine="").count()
    return Backlog(waiting["n"], waiting["oldest"], set_aside)


def _declined(bounds: Bounds) -> QuerySet[OrderEvent]:
    declined = OrderEvent.objects.filter(kind=OrderEvent.Kind.PAYMENT_FAILED)
    return declined.filter(at__gte=bounds[0], at__lt=bounds[1]).order_by()


def _delays(bounds: Bounds) -> Iterator[tuple[date, Delays]]:
    came = StripeEvent.objects.filter(came_by=StripeEvent.CameBy.WEBHOOK).order_by()
    came = came.filter(received_at__gte=bounds[0], received_at__lt=bounds[1])
    took = seconds_between("created_at", "received_at")
    rows = came.annotate(day=local_day("received_at", bounds)).values_list("day")
    for day, n, mean, longest in rows.annotate(n=Count("*"), mean=Avg(took), longest=Max(took)):
        yield day, Delays(n, max(mean, 0.0) * n, max(longest, 0.0))  # Stripe's clock may be ahead of ours
