"""How many events a sweep tries, in which order, and what is left of a failure once it is over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments import inbox
from payments.inbox import Envelope
from payments.models import Attention, StripeEvent

from .news import at, event

pytestmark = pytest.mark.django_db


@pytest.fixture
def ailing(monkeypatch):
    """While this list holds an error no charge can be applied; the ids of those that were tried are beside it."""
    errors, tried = [RuntimeError("not today")], []

    def apply(envelope):
        tried.append(envelope.id)
        if errors:
            raise errors[0]

    monkeypatch.setitem(inbox.HANDLERS, "charge.", apply)
    return errors, tried


def receive(seconds=0):
    happened = event("charge.succeeded", {"object": "charge"}, created=int(at(seconds).timestamp()))
    inbox.receive(Envelope.parse(happened))
    return StripeEvent.objects.get(pk=happened["id"])


def later():
    StripeEvent.objects.filter(retry_at__isnull=False).update(retry_at=timezone.now() - timedelta(seconds=1))


def test_all_that_are_due_are_tried_the_oldest_first(ailing):
    errors, tried = ailing
    younger, older = receive(seconds=60), receive(seconds=0)
    later()
    errors.clear()
    tried.clear()

    assert inbox.retry_due() == 2
    assert tried == [older.pk, younger.pk]
    assert inbox.retry_due() == 0


def test_those_that_are_not_due_wait(ailing):
    _, tried = ailing
    receive()
    tried.clear()

    assert inbox.retry_due() == 0
    assert tried == []


def test_nothing_is_left_of_a_failure_once_it_is_over(ailing):
    errors, _ = ailing
    failed = receive()
    errors.clear()
    later()

    inbox.retry_due()

    failed.refresh_from_db()
    assert failed.processed_at is not None
    assert (failed.attempts, failed.error, failed.retry_at) == (2, "", None)


def test_an_event_that_a_person_has_applied_says_so_in_its_case(ailing):
    errors, _ = ailing
    aside = receive()
    for _ in range(inbox.MOST_ATTEMPTS - 1):
        later()
        inbox.retry_due()
    aside.refresh_from_db()
    errors.clear()

    assert inbox.replay(aside)

    assert Attention.objects.get().settlement == "It was applied after all"
    assert aside.quarantine == ""


def test_events_that_are_taken_up_again_begin_anew(ailing):
    aside = [receive(), receive()]
    for _ in range(inbox.MOST_ATTEMPTS - 1):
        later()
        inbox.retry_due()
    done = receive()
    StripeEvent.objects.filter(pk=done.pk).update(processed_at=timezone.now(), error="", retry_at=None)

    assert inbox.take_up_again(StripeEvent.objects.all()) == 2

    for kept in aside:
        kept.refresh_from_db()
        assert (kept.quarantine, kept.error, kept.attempts) == ("", "", 0)
        assert kept.retry_at <= timezone.now()


@pytest.mark.parametrize("came_by", StripeEvent.CameBy)
def test_it_is_remembered_how_an_event_came(db, came_by):
    happened = event("charge.succeeded", {"object": "charge"})

    inbox.receive(Envelope.parse(happened, came_by=came_by))

    assert StripeEvent.objects.get().came_by == came_by
