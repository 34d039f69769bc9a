"""Figures about money for Prometheus, read from the database when asked for: right for any number of processes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Min, Q
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .models import Attention, Cursor, OrphanCharge, Payment, Refund, StripeEvent

LATELY = timedelta(hours=1)


class PaymentsCollector(Collector):
    """The same number of statements however much there is."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _attention()
        yield from _inbox()
        yield from _webhooks()
        yield from _refunds()
        yield by_label("shop_payments", "Payments by status", "status", _counts(Payment, Payment.Status))
        orphans = _counts(OrphanCharge, OrphanCharge.Status)
        yield by_label("shop_orphan_charges", "Money that came for no order", "status", orphans)
        ages = {
            name: seconds_since(looked_at)
            for name, looked_at in Cursor.objects.values_list("name", "looked_at")
        }
        yield by_label("shop_cursor_age_seconds", "Since a list of Stripe's was last read", "name", ages)


def _attention() -> Iterator[GaugeMetricFamily]:
    open_cases = Attention.objects.open().order_by().values_list("reason")
    found = {reason: (n, at) for reason, n, at in open_cases.annotate(n=Count("pk"), at=Min("opened_at"))}
    counts = {reason: found.get(reason, (0, None))[0] for reason in Attention.Reason.values}
    ages = {reason: seconds_since(found.get(reason, (0, None))[1]) for reason in Attention.Reason.values}
    yield by_label("shop_attention_cases", "Open cases that need a person", "reason", counts)
    yield by_label("shop_attention_oldest_seconds", "Age of the oldest open case", "reason", ages)


def _inbox() -> Iterator[GaugeMetricFamily]:
    waiting = Q(processed_at=None, quarantine="")
    found = StripeEvent.objects.filter(processed_at=None).aggregate(
        waiting=Count("pk", filter=waiting),
        oldest=Min("received_at", filter=waiting),
        set_aside=Count("pk", filter=~waiting),
    )
    states = {"waiting": found["waiting"], "set_aside": found["set_aside"]}
    yield by_label("shop_inbox_events", "Events of Stripe's that are not applied", "state", states)
    yield single(
        "shop_inbox_oldest_seconds", "Age of the oldest event that waits", seconds_since(found["oldest"])
    )


def _webhooks() -> Iterator[GaugeMetricFamily]:
    """How events of the last hour came, and how long after they had happened."""
    took = ExpressionWrapper(F("received_at") - F("created_at"), output_field=DurationField())
    lately = StripeEvent.objects.filter(received_at__gte=timezone.now() - LATELY).order_by()
    rows = lately.values_list("came_by").annotate(n=Count("pk"), mean=Avg(took), longest=Max(took))
    found = {came_by: (n, mean, longest) for came_by, n, mean, longest in rows}
    counts = {name: found[name][0] if name in found else 0 for name in StripeEvent.CameBy.values}
    yield by_label(
        "shop_events_last_hour", "Events received within an hour, by how they came", "came_by", counts
    )
    nothing = (0, timedelta(0), timedelta(0))
    _, mean, longest = found.get(StripeEvent.CameBy.WEBHOOK, nothing)
    for kind, delay in (("mean", mean), ("longest", longest)):
        help_ = f"From the event to its webhook, {kind} of the last hour"
        yield single(f"shop_webhook_delay_{kind}_seconds", help_, delay.total_seconds())


def _refunds() -> Iterator[GaugeMetricFamily]:
    rows = Refund.objects.order_by().values_list("status").annotate(n=Count("pk"), at=Min("created_at"))
    found = {status: (n, at) for status, n, at in rows}
    counts = {status: found.get(status, (0, None))[0] for status in Refund.Status.values}
    oldest = found.get(Refund.Status.REQUESTED, (0, None))[1]
    yield by_label("shop_refunds", "Refunds by status; REQUESTED are to be sent", "status", counts)
    yield single(
        "shop_refunds_oldest_unsent_seconds", "Age of the oldest refund to be sent", seconds_since(oldest)
    )


def _counts(model: Any, statuses: Any) -> dict[str, int]:
    """How many rows there are of each status, of those without any too."""
    found = dict(model.objects.order_by().values_list("status").annotate(n=Count("pk")))
    return {status: found.get(status, 0) for status in statuses.values}


def by_label(
    name: str, help_: str, label: str, values: dict[str, int] | dict[str, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def single(name: str, help_: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_, value=value)


def seconds_since(at: datetime | None) -> float:
    """0 when there is nothing that has an age."""
    return max((timezone.now() - at).total_seconds(), 0.0) if at else 0.0
