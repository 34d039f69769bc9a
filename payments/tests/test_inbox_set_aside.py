"""An event that was set aside is tried again when a person says so, and its case is closed once it is applied."""

import pytest
from django.utils import timezone

from payments import inbox
from payments.models import Attention, Payment, StripeEvent

from .news import event, intent_object

pytestmark = pytest.mark.django_db


@pytest.fixture
def ailing(monkeypatch):
    """Orders cannot be confirmed while this list has something in it."""
    errors = [RuntimeError("no order today")]

    def accept(order):
        if errors:
            raise errors[0]
        return True

    monkeypatch.setattr("orders.receivers.accept", accept)
    return errors


@pytest.fixture
def set_aside(known, ailing):
    """The news of a success that has failed ten times."""
    success = inbox.Envelope.parse(event("payment_intent.succeeded", intent_object(known)))
    for _ in range(inbox.MOST_ATTEMPTS):
        StripeEvent.objects.update(retry_at=timezone.now())
        inbox.receive(success)
    return StripeEvent.objects.get()


def try_again(*events):
    return inbox.take_up_again(StripeEvent.objects.filter(pk__in=[event.pk for event in events]))


def test_it_waits_for_a_person(set_aside):
    assert set_aside.quarantine == "failed 10 times"
    assert inbox.retry_due() == 0
    assert Attention.objects.open().get().subject == set_aside.pk


def test_once_the_cause_is_gone_it_is_applied_and_its_case_is_closed(set_aside, ailing, known):
    ailing.clear()

    assert try_again(set_aside) == 1
    assert inbox.retry_due() == 1

    known.refresh_from_db()
    set_aside.refresh_from_db()
    assert known.status == Payment.Status.COMPLETED
    assert (bool(set_aside.processed_at), set_aside.quarantine, set_aside.attempts) == (True, "", 1)
    assert Attention.objects.get().settlement == "It was applied after all"


def test_while_the_cause_is_there_it_is_set_aside_again_and_its_case_stays_open(set_aside):
    try_again(set_aside)
    for _ in range(inbox.MOST_ATTEMPTS):
        StripeEvent.objects.update(retry_at=timezone.now())
        inbox.retry_due()

    set_aside.refresh_from_db()
    assert set_aside.quarantine == "failed 10 times"
    assert Attention.objects.open().get().subject == set_aside.pk


def test_what_waits_for_its_next_try_is_let_wait(known, ailing):
    inbox.receive(inbox.Envelope.parse(event("payment_intent.succeeded", intent_object(known))))
    waiting = StripeEvent.objects.get()

    assert try_again(waiting) == 0

    waiting.refresh_from_db()
    assert waiting.attempts == 1
    assert waiting.retry_at > timezone.now()


def test_what_was_not_set_aside_is_not_tried_again(known):
    inbox.receive(inbox.Envelope.parse(event("payment_intent.succeeded", intent_object(known))))
    applied = StripeEvent.objects.get()

    assert try_again(applied) == 0
    assert inbox.retry_due() == 0
