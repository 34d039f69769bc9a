"""Two of staff, or one of them twice, press the same button in the same moment. Each with its control."""

import re
from html import unescape
from uuid import uuid4

import pytest

from bookstore.accounts.factories import StaffFactory
from bookstore.testing.threads import Rendezvous, at_once
from payments import gateway, inbox, remedies
from payments.models import Attention, Payment, StripeEvent
from payments.models.attention import AttentionQuerySet
from payments.models.payment import PaymentQuerySet
from payments.tests.news import event, intent_object

from .conftest import Desk

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def staff():
    return [Desk(StaffFactory()) for _ in range(4)]


def everybody(staff, act):
    """All pages were answered, and none with an error."""
    pages = at_once(*[lambda person=person: act(person) for person in staff])
    assert {page.status_code for page in pages} == {200}
    return pages


def told(page):
    """Read off the page: what Django's test client knows of templates is everybody's, when threads share it."""
    return unescape("".join(re.findall(r'<ul class="messagelist">(.*?)</ul>', page.text, re.S)))


# Money is sent back once


def send_back(staff, case):
    return everybody(staff, lambda person: person.remedies(case, "send_back"))


def test_money_is_sent_back_once_and_its_order_ends_once(staff, stripe, opened, mismatch, announced):
    pages = send_back(staff, mismatch)

    opened.refresh_from_db()
    assert opened.status == Payment.Status.CANCELED
    assert announced == ["canceled"]
    assert len(stripe.sandbox.refunds()) == 1
    assert Attention.objects.get().settled_by in [person.person for person in staff]
    words = [told(page) for page in pages]
    assert all("of all that came is succeeded" in each or "settled before" in each for each in words), words


def test_control_with_a_key_for_each_press_stripe_is_asked_for_several_refunds(
    staff, stripe, mismatch, monkeypatch
):
    """It refuses the second, since nothing is left: the shop's own guard is the key."""
    keyed, meet = gateway.refund_orphan, Rendezvous()

    def refund_with_another_key(intent_id, *, after=""):
        meet.wait()
        return keyed(intent_id, after=str(uuid4()))

    monkeypatch.setattr(gateway, "refund_orphan", refund_with_another_key)
    pages = send_back(staff[:2], mismatch)

    assert any("All of it had gone back before" in told(page) for page in pages)


def test_control_without_the_payments_lock_its_order_ends_twice(
    staff, stripe, mismatch, announced, monkeypatch
):
    meet = Rendezvous()

    def unlocked(self, **kwargs):
        rows = list(self.all())
        meet.wait()
        return _Read(rows)

    monkeypatch.setattr(PaymentQuerySet, "select_for_update", unlocked)
    send_back(staff[:2], mismatch)

    assert announced == ["canceled", "canceled"]


class _Read:
    """Rows as they were when they were read."""

    def __init__(self, rows):
        self.rows = rows

    def get(self, **named):
        return next(row for row in self.rows if row.pk == named["pk"])


# A case is settled once, and the first note stands


def settle(staff, case):
    return everybody(staff, lambda person: person.settles(case, f"Note of {person.person.pk}"))


def test_a_case_is_settled_once_and_the_others_are_told_by_whom(staff, case):
    for n in range(3):
        pages = settle(staff, row := case(subject=f"pi_{n}"))

        row.refresh_from_db()
        assert row.settlement == f"Note of {row.settled_by_id}"
        by_whom = f"settled before by {row.settled_by.get_full_name()}"
        assert sum(by_whom in told(page) for page in pages) == 3


def test_control_without_the_guard_several_believe_that_theirs_stands(staff, case, monkeypatch):
    meet = Rendezvous()

    def any_case(self):
        meet.wait()
        return self.all()

    monkeypatch.setattr(AttentionQuerySet, "open", any_case)
    pages = settle(staff[:2], case())

    assert ["Settled: " in told(page) for page in pages] == [True, True]


# An event is replayed once


@pytest.fixture
def aside(known, monkeypatch):
    """The news of a success that was set aside, and whose cause is gone."""
    with monkeypatch.context() as ailing:
        ailing.setattr("orders.receivers.accept", lambda order: 1 / 0)
        inbox.receive(inbox.Envelope.parse(event("payment_intent.succeeded", intent_object(known))))
    StripeEvent.objects.update(quarantine="failed 10 times", retry_at=None)
    return StripeEvent.objects.get()


def test_an_event_that_everybody_replays_is_applied_once(staff, known, aside, announced):
    everybody(staff, lambda person: person.replays(aside))

    known.refresh_from_db()
    assert known.status == Payment.Status.COMPLETED
    assert announced == ["succeeded"]
    assert StripeEvent.objects.get().attempts == 1


def test_control_without_the_events_lock_it_is_tried_several_times(staff, aside, monkeypatch):
    meet = Rendezvous()
    tried, apply = [], inbox._apply

    def unlocked(envelope):
        row = StripeEvent.objects.get(pk=envelope.id)
        meet.wait()
        return row

    monkeypatch.setattr(inbox, "_stored", unlocked)
    monkeypatch.setattr(inbox, "_apply", lambda envelope: (tried.append(envelope.id), apply(envelope)))
    everybody(staff[:2], lambda person: person.replays(aside))

    assert len(tried) == 2


def test_a_remedy_and_a_note_at_once_end_the_case_once(staff, stripe, mismatch):
    acts = [lambda: staff[0].remedies(mismatch, "send_back"), lambda: staff[1].settles(mismatch, "By hand")]

    at_once(*acts, raising=remedies.NoRemedy)

    assert Attention.objects.open().count() == 0
    assert len(stripe.sandbox.refunds()) <= 1
