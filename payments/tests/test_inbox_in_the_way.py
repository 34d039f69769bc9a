"""An event that meets another transaction, in a deadlock or at a lock that does not come, is applied again at once."""

import pytest
from django.db import DatabaseError, OperationalError, connection

from payments import inbox
from payments.models import Payment, StripeEvent

from .news import event, intent_object


@pytest.fixture
def success(known):
    return inbox.Envelope.parse(event("payment_intent.succeeded", intent_object(known)))


@pytest.fixture
def in_the_way(monkeypatch):
    """`in_the_way(times, error)`: so often applying an event fails first. Answers the tries as they are made."""
    apply = inbox._apply
    tries = []

    def install(times, error=OperationalError):
        def met(envelope):
            tries.append(envelope.id)
            if len(tries) <= times:
                raise error("deadlock detected")
            apply(envelope)

        monkeypatch.setattr(inbox, "_apply", met)
        return tries

    return install


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("times", [1, 2])
def test_it_is_applied_again_at_once(success, known, in_the_way, times, caplog):
    tries = in_the_way(times)

    inbox.receive(success)

    known.refresh_from_db()
    kept = StripeEvent.objects.get()
    assert known.status == Payment.Status.COMPLETED
    assert len(tries) == times + 1
    assert (kept.attempts, kept.error, kept.retry_at) == (1, "", None)
    assert "met another transaction" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_after_three_tries_it_waits_for_the_sweep(success, known, in_the_way):
    tries = in_the_way(99)

    inbox.receive(success)

    kept = StripeEvent.objects.get()
    assert len(tries) == inbox.MOST_TRIES == 3
    assert (kept.processed_at, kept.attempts, kept.error) == (None, 1, "OperationalError: deadlock detected")
    assert kept.retry_at


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [DatabaseError, RuntimeError])
def test_other_errors_are_left_to_the_sweep(success, known, in_the_way, error):
    tries = in_the_way(99, error)

    inbox.receive(success)

    assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
def test_over_a_broken_connection_it_is_not_tried_again(success, known, in_the_way, monkeypatch):
    tries = in_the_way(99)
    monkeypatch.setattr(connection, "is_usable", lambda: False)

    inbox.receive(success)

    assert len(tries) == 1


@pytest.mark.django_db
def test_inside_somebody_elses_transaction_it_is_not_tried_again(success, known, in_the_way):
    """What that transaction has seen so far may be undone, so it must not go on."""
    tries = in_the_way(99)

    inbox.receive(success)

    assert len(tries) == 1
