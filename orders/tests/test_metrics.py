"""Figures for Prometheus: read from the database, for those who know the token only."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client.parser import text_string_to_metric_families

from orders import mails, tasks
from orders.factories import place_order
from orders.models import Heartbeat, Order, OrderMail
from payments import attention
from payments.models import Attention, Cursor, OrphanCharge, Payment, Refund, StripeEvent

pytestmark = pytest.mark.django_db

TOKEN = "a-long-random-token"
REASON = Attention.Reason


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = TOKEN


def scrape(client, authorization=f"Bearer {TOKEN}"):
    return client.get("/metrics", headers={"Authorization": authorization} if authorization else {})


@pytest.fixture
def figures(client):
    """What Prometheus reads: value by name and label."""

    def read():
        families = text_string_to_metric_families(scrape(client).text)
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }

    return read


def ago(**span):
    return timezone.now() - timedelta(**span)


def an_event(pk, **changes):
    row = {"type": "charge.succeeded", "livemode": False, "created_at": timezone.now(), "payload": {}}
    return StripeEvent.objects.create(id=pk, **row | changes)


def a_refund(status, **changes):
    payment = Payment.objects.first() or place_order().payment
    return Refund.objects.create(
        payment=payment,
        intent_id=f"pi_{status}",
        amount=Decimal(1),
        currency="gbp",
        status=status,
        reason="dashboard",
        **changes,
    )


# Who may read them


def test_who_knows_the_token_reads_them_in_prometheus_format(client):
    answer = scrape(client)

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert answer["Cache-Control"] == "no-store"
    assert "# HELP shop_attention_cases Open cases that need a person\n" in answer.text
    assert "# TYPE shop_attention_cases gauge\n" in answer.text


@pytest.mark.parametrize(
    "authorization",
    ["", TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN} ", "Bearer", "Bearer ", "Basic x", "Bearer ä"],
)
def test_without_the_token_nothing_is_told(client, authorization):
    answer = scrape(client, authorization)

    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("authorization", ["", "Bearer ", f"Bearer {TOKEN}"])
def test_without_a_token_set_there_is_no_such_page(client, settings, authorization):
    settings.METRICS_TOKEN = ""

    assert scrape(client, authorization).status_code == 404


def test_they_are_only_read(client):
    assert client.post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_the_number_of_statements_stays_the_same(client, django_assert_num_queries):
    with django_assert_num_queries(12):
        scrape(client)
    for number in range(5):
        order = place_order()
        attention.call(REASON.MISMATCH, f"pi_{number}", "odd", payment=order.payment)
        mails.owe(order, OrderMail.Kind.CONFIRMATION)
        an_event(f"evt_{number}")
        a_refund(Refund.Status.REQUESTED)

    with django_assert_num_queries(12):
        scrape(client)


# What they say


def test_an_empty_shop_has_figures_too(figures):
    found = figures()

    assert found["shop_attention_cases", "dispute"] == 0
    assert found["shop_attention_oldest_seconds", "dispute"] == 0
    assert found["shop_inbox_events", "waiting"] == 0
    assert found["shop_payments", "COMPLETED"] == 0
    assert found["shop_orders", "PENDING"] == 0
    assert found["shop_events_last_hour", "webhook"] == 0
    assert found["shop_webhook_delay_longest_seconds",] == 0
    assert not [key for key in found if key[0] in ("shop_heartbeat_age_seconds", "shop_cursor_age_seconds")]


def test_open_cases_by_reason_with_the_oldest(figures):
    for subject, hours in (("du_1", 1), ("du_2", 3)):
        attention.call(REASON.DISPUTE, subject, "needs_response")
        Attention.objects.filter(subject=subject).update(opened_at=ago(hours=hours))
    attention.call(REASON.MISMATCH, "pi_1", "odd")
    attention.settle(REASON.MISMATCH, "pi_1", "fine")

    found = figures()

    assert found["shop_attention_cases", "dispute"] == 2
    assert found["shop_attention_oldest_seconds", "dispute"] == pytest.approx(3 * 3600, abs=20)
    assert found["shop_attention_cases", "mismatch"] == 0


def test_events_that_wait_and_those_set_aside(figures):
    an_event("evt_waits", received_at=ago(minutes=20))
    an_event("evt_waits_too", received_at=ago(minutes=5))
    an_event("evt_aside", received_at=ago(hours=5), quarantine="malformed")
    an_event("evt_done", received_at=ago(hours=5), processed_at=timezone.now())

    found = figures()

    assert (found["shop_inbox_events", "waiting"], found["shop_inbox_events", "set_aside"]) == (2, 1)
    assert found["shop_inbox_oldest_seconds",] == pytest.approx(1200, abs=20)


def test_how_events_came_lately_and_how_long_webhooks_took(figures):
    now = timezone.now()
    an_event("evt_1", created_at=now - timedelta(seconds=2), received_at=now)
    an_event("evt_2", created_at=now - timedelta(seconds=10), received_at=now)
    an_event("evt_3", created_at=now - timedelta(days=3), received_at=now, came_by=StripeEvent.CameBy.LIST)
    an_event("evt_4", created_at=now - timedelta(days=3), received_at=now - timedelta(minutes=61))

    found = figures()

    assert (found["shop_events_last_hour", "webhook"], found["shop_events_last_hour", "list"]) == (2, 1)
    assert found["shop_webhook_delay_mean_seconds",] == pytest.approx(6)
    assert found["shop_webhook_delay_longest_seconds",] == pytest.approx(10)


def test_refunds_by_status_and_how_long_one_waits_to_be_sent(figures):
    a_refund(Refund.Status.REQUESTED, created_at=ago(minutes=10))
    a_refund(Refund.Status.PENDING, created_at=ago(days=2))

    found = figures()

    assert (found["shop_refunds", "REQUESTED"], found["shop_refunds", "PENDING"]) == (1, 1)
    assert found["shop_refunds_oldest_unsent_seconds",] == pytest.approx(600, abs=20)


def test_payments_orders_and_orphans_by_status(figures):
    late, _ = place_order(), place_order()
    Order.objects.filter(pk=late.pk).update(hold_expires_at=ago(minutes=70))
    OrphanCharge.objects.create(pk="pi_lost", amount=5, currency="gbp")

    found = figures()

    assert found["shop_payments", "PENDING"] == found["shop_orders", "PENDING"] == 2
    assert found["shop_orders_overdue",] == 1
    assert found["shop_orphan_charges", "FOUND"] == 1


def test_mails_that_are_owed(figures):
    mails.owe(place_order(), OrderMail.Kind.CONFIRMATION)
    mails.send(mails.owe(place_order(), OrderMail.Kind.CONFIRMATION))
    OrderMail.objects.update(created_at=ago(minutes=30))

    found = figures()

    assert found["shop_mails_unsent",] == 1
    assert found["shop_mails_oldest_unsent_seconds",] == pytest.approx(1800, abs=20)


def test_tasks_that_wait_and_those_that_failed(figures):
    for _ in range(3):
        tasks.beat.enqueue()
    failed, done, _ = DBTaskResult.objects.all()
    DBTaskResult.objects.update(enqueued_at=ago(minutes=9))
    DBTaskResult.objects.filter(pk=failed.pk).update(status="FAILED", enqueued_at=ago(hours=9))
    DBTaskResult.objects.filter(pk=done.pk).update(status="SUCCESSFUL", enqueued_at=ago(hours=9))

    found = figures()

    assert (found["shop_tasks", "ready"], found["shop_tasks", "failed"]) == (1, 1)
    assert found["shop_tasks_oldest_ready_seconds",] == pytest.approx(540, abs=20)


def test_signs_of_life_and_how_far_stripes_lists_were_read(figures):
    Heartbeat.objects.create(name="tend", at=ago(minutes=2))
    Cursor.objects.create(name="events", seen_until=ago(days=1), looked_at=ago(minutes=3))

    found = figures()

    assert found["shop_heartbeat_age_seconds", "tend"] == pytest.approx(120, abs=20)
    assert found["shop_cursor_age_seconds", "events"] == pytest.approx(180, abs=20)
