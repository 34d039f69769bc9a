"""Events that cannot be applied yet: kept with their error, tried again, set aside in the end."""

import logging
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from payments import inbox
from payments.inbox import MOST_ATTEMPTS, Envelope
from payments.models import Payment, StripeEvent

from .news import event, intent_object

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(monkeypatch):
    """Orders cannot be confirmed until `broken.clear()`; `broken` holds the error that is raised."""
    errors = [RuntimeError("no order today")]
    monkeypatch.setattr("orders.receivers.accept", lambda order: _raise(errors))
    return errors


def _raise(errors):
    if errors:
        raise errors[0]
    return True


def receive(event):
    inbox.receive(Envelope.parse(event))
    return StripeEvent.objects.get(pk=event["id"])


def later():
    """Every waiting event's time has come."""
    StripeEvent.objects.filter(retry_at__isnull=False).update(retry_at=timezone.now() - timedelta(seconds=1))


def test_what_fails_is_kept_undone_and_told(known, announced, broken, caplog):
    kept = receive(event("payment_intent.succeeded", intent_object(known)))

    known.refresh_from_db()
    assert known.status == Payment.Status.PENDING
    assert (kept.processed_at, kept.attempts, kept.error) == (None, 1, "RuntimeError: no order today")
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info
    assert kept.id in record.getMessage()


def test_it_is_tried_again_when_its_time_has_come(known, broken):
    success = event("payment_intent.succeeded", intent_object(known))
    receive(success)
    broken.clear()

    assert inbox.retry_due() == 0  # not yet
    later()
    assert inbox.retry_due() == 1

    known.refresh_from_db()
    kept = StripeEvent.objects.get(pk=success["id"])
    assert known.status == Payment.Status.COMPLETED
    assert (kept.attempts, kept.error, kept.retry_at) == (2, "", None)
    assert inbox.retry_due() == 0


def test_a_second_delivery_may_succeed_before_the_retry(known, broken):
    success = event("payment_intent.succeeded", intent_object(known))
    receive(success)
    broken.clear()

    assert receive(success).processed_at
    later()
    assert inbox.retry_due() == 0


def test_pauses_grow_up_to_an_hour(known, broken):
    success = event("payment_intent.succeeded", intent_object(known))

    pauses = []
    for _ in range(MOST_ATTEMPTS - 1):
        later()
        pauses.append((receive(success).retry_at - timezone.now()).total_seconds())

    assert [round(pause, -1) for pause in pauses[:4]] == [30, 60, 120, 240]
    assert round(max(pauses), -1) == 3600


def test_what_fails_in_several_processes_at_once_counts_once(known, broken):
    success = event("payment_intent.succeeded", intent_object(known))

    first, second = receive(success), receive(success)

    assert (first.attempts, second.attempts) == (1, 1)
    assert first.retry_at == second.retry_at


def test_poison_is_set_aside_and_the_others_flow(known, broken, caplog):
    poison = event("payment_intent.succeeded", intent_object(known), created=1)
    receive(poison)
    other = StripeEvent.objects.create(
        id="evt_other",
        type="charge.succeeded",
        livemode=False,
        created_at=timezone.now(),
        payload=event("charge.succeeded", {"object": "charge"}),
        retry_at=timezone.now(),
    )
    for _ in range(MOST_ATTEMPTS + 3):
        later()
        inbox.retry_due()

    stuck = StripeEvent.objects.get(pk=poison["id"])
    assert (stuck.attempts, stuck.quarantine) == (MOST_ATTEMPTS, "failed 10 times")
    assert "set aside" in caplog.text
    other.refresh_from_db()
    assert other.processed_at
    assert receive(poison).attempts == MOST_ATTEMPTS  # Stripe may send it again, it stays aside


@pytest.mark.parametrize(
    "error",
    [
        ValueError("\0 and \ud800"),
        KeyError("id"),
        RecursionError(),
        ZeroDivisionError("division by zero"),
        DatabaseError("deadlock detected"),
        IntegrityError("duplicate key"),
        Exception("x" * 5000),
        OSError(),
    ],
)
def test_an_exception_of_any_kind_is_survived(known, broken, error, caplog):
    caplog.set_level(logging.CRITICAL, "payments.inbox")  # a captured half character stops parallel test runs
    broken[:] = [error]

    kept = receive(event("payment_intent.succeeded", intent_object(known)))

    assert kept.error.startswith(type(error).__name__)
    assert kept.retry_at


def test_a_receiver_that_swallows_a_database_error_cannot_spoil_the_inbox(known, monkeypatch):
    """On PostgreSQL the rest of such a transaction is refused."""

    def spoil(order):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT no_such_column FROM orders_order")
        except DatabaseError:
            connection.needs_rollback = connection.vendor == "postgresql"
        raise RuntimeError("spoilt")

    monkeypatch.setattr("orders.receivers.accept", spoil)

    kept = receive(event("payment_intent.succeeded", intent_object(known)))

    assert (kept.processed_at, kept.attempts) == (None, 1)


def test_the_row_that_a_database_quotes_is_not_kept(known, broken):
    broken[:] = [
        IntegrityError('violates check "x"\nDETAIL:  Failing row contains (1, ada@example.com, Leeds).')
    ]

    kept = receive(event("payment_intent.succeeded", intent_object(known)))

    assert kept.error == 'IntegrityError: violates check "x"'


def test_what_another_process_finished_meanwhile_is_not_marked_as_failed(known, broken, monkeypatch):
    success = event("payment_intent.succeeded", intent_object(known))
    store_failure = inbox._store_failure

    def finished_elsewhere(envelope, error):
        broken.clear()
        inbox._store_and_apply(envelope)
        store_failure(envelope, error)

    monkeypatch.setattr(inbox, "_store_failure", finished_elsewhere)
    kept = receive(success)

    assert kept.processed_at
    assert kept.error == ""


def test_a_database_that_cannot_store_is_told_to_whoever_asked(known, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(inbox, "_stored", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        inbox.receive(Envelope.parse(event("charge.succeeded", {"object": "charge"})))
