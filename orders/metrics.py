"""Figures about orders and the shop's processes for Prometheus; those about money come from `payments.metrics`."""

from collections.abc import Iterator

from django.db.models import Count, Min, Q
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from payments.metrics import PaymentsCollector, by_label, seconds_since, single

from .models import Heartbeat, Order, OrderMail
from .overdue import GRACE


def exposition() -> bytes:
    """All figures of this moment in Prometheus' text format."""
    registry = CollectorRegistry()
    for collector in (PaymentsCollector(), OrdersCollector()):
        registry.register(collector)
    return generate_latest(registry)


class OrdersCollector(Collector):
    """The same number of statements however much there is."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _orders()
        yield from _mails()
        yield from _tasks()
        beats = {name: seconds_since(at) for name, at in Heartbeat.objects.values_list("name", "at")}
        yield by_label(
            "shop_heartbeat_age_seconds", "Since a process last gave a sign of life", "name", beats
        )


def _orders() -> Iterator[GaugeMetricFamily]:
    found = dict(Order.objects.order_by().values_list("status").annotate(n=Count("pk")))
    counts = {status: found.get(status, 0) for status in Order.Status.values}
    yield by_label("shop_orders", "Orders by status", "status", counts)
    overdue = Order.objects.overdue(timezone.now() - GRACE).count()
    yield single("shop_orders_overdue", "Unpaid orders that should have ended an hour ago", overdue)


def _mails() -> Iterator[GaugeMetricFamily]:
    found = OrderMail.objects.unsent().aggregate(n=Count("pk"), oldest=Min("created_at"))
    yield single("shop_mails_unsent", "Mails that are owed", found["n"])
    age = seconds_since(found["oldest"])
    yield single("shop_mails_oldest_unsent_seconds", "Age of the oldest mail that is owed", age)


def _tasks() -> Iterator[GaugeMetricFamily]:
    ready = Q(status=TaskResultStatus.READY)
    found = DBTaskResult.objects.order_by().aggregate(
        ready=Count("pk", filter=ready),
        failed=Count("pk", filter=Q(status=TaskResultStatus.FAILED)),
        oldest=Min("enqueued_at", filter=ready),
    )
    counts = {status: found[status] for status in ("ready", "failed")}
    yield by_label("shop_tasks", "Tasks that wait, and those that failed within a week", "status", counts)
    age = seconds_since(found["oldest"])
    yield single("shop_tasks_oldest_ready_seconds", "Age of the oldest task that waits", age)
