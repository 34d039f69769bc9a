"""Payments as rows: which one an intent means, which one a person may end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.factories import place_order
from payments import gateway, intents
from payments.models import Payment

from .news import intent

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    """Two payments, the older one first."""
    return [place_order().payment for _ in range(2)]


def opened_as(payment, intent_id):
    payment.stripe_payment_id, payment.opened_at = intent_id, payment.created_at
    payment.save()
    return payment


@pytest.mark.parametrize("place", [0, 1])
def test_the_id_of_an_intent_says_more_than_its_metadata(two, place):
    by_id, by_metadata = two[place], two[1 - place]
    opened_as(by_id, "pi_1")
    opened_as(by_metadata, "pi_2")

    found = Payment.objects.of_intent(intent(by_metadata, id="pi_1"))

    assert list(found) == [by_id, by_metadata]


def test_the_metadata_alone_is_enough(two):
    wanted, _ = two

    assert list(Payment.objects.of_intent(intent(wanted, id="pi_never_written_down"))) == [wanted]


@pytest.mark.parametrize(
    "payment_id", [None, "", "nobody", "6f0c1b46", "6f0c1b46-0000-4000-8000-000000000000"]
)
def test_metadata_that_names_no_payment_finds_none(two, payment_id):
    metadata = {} if payment_id is None else {"payment_id": payment_id}

    assert not Payment.objects.of_intent(intent(two[0], id="pi_unknown", metadata=metadata)).exists()


def test_a_person_ends_an_open_payment_once(known, announced):
    assert intents.give_up(known) is True
    assert intents.give_up(known) is False

    known.refresh_from_db()
    assert known.status == Payment.Status.CANCELED
    assert known.canceled_at is not None
    assert announced == ["canceled"]


def test_a_person_cannot_end_a_payment_that_was_made(paid, announced):
    announced.clear()

    assert intents.give_up(paid) is False

    paid.refresh_from_db()
    assert paid.status == Payment.Status.COMPLETED
    assert announced == []


def test_ending_one_payment_leaves_the_others_open(known):
    other = place_order().payment

    intents.give_up(known)

    other.refresh_from_db()
    assert other.is_open


def test_a_payment_that_nobody_opened_is_canceled_alone(payment):
    other = place_order().payment

    intents.cancel(payment)

    other.refresh_from_db()
    payment.refresh_from_db()
    assert (payment.status, other.status) == (Payment.Status.CANCELED, Payment.Status.PENDING)
    assert payment.canceled_at is not None


def test_an_intent_that_was_looked_for_in_vain_leaves_no_trace_of_the_failed_call(payment, sandbox):
    """So that the next try opens one with a new key, and does not look once more."""
    Payment.objects.update(opened_at=payment.created_at, open_failed_at=payment.created_at)
    payment.refresh_from_db()

    assert intents.find_lost(payment) is False

    payment.refresh_from_db()
    assert (payment.opened_at, payment.open_failed_at, payment.attempt) == (None, None, 2)


def test_a_payment_that_somebody_else_has_opened_is_looked_at_and_not_opened(payment, sandbox):
    stale = Payment.objects.get()
    intents.ensure(payment)

    intents.ensure(stale)

    assert [call["method"] for call in sandbox.calls] == ["POST", "GET"]


def test_a_call_without_an_answer_leaves_a_mark_that_stripe_may_know_of_the_payment(
    payment, sandbox, impatient
):
    sandbox.faults.api("drop", "/v1/payment_intents", when="after")
    with pytest.raises(gateway.StripeUnavailable):
        intents.ensure(payment)
    sandbox.faults.clear()

    payment.refresh_from_db()
    assert payment.opened_at is not None
    assert intents.cancel(payment).status == Payment.Status.CANCELED
    assert [each["status"] for each in sandbox.intents()] == ["canceled"]


def test_a_new_key_is_marked_with_the_time_of_its_first_use(payment, sandbox):
    long_ago = timezone.now() - timedelta(days=3)
    Payment.objects.update(created_at=long_ago, opened_at=long_ago)
    before = timezone.now()

    intents.ensure(payment)

    payment.refresh_from_db()
    assert payment.attempt == 2
    assert payment.opened_at >= before


def test_a_payment_whose_intent_was_written_down_meanwhile_counts_as_opened(opened, monkeypatch):
    monkeypatch.setattr(gateway, "find_intent", lambda payment: None)

    assert intents.find_lost(opened) is False

    opened.refresh_from_db()
    assert opened.opened_at is not None
    assert opened.attempt == 1


def test_a_payment_with_an_intent_is_never_canceled_without_asking_stripe(opened, sandbox):
    Payment.objects.update(opened_at=None)

    intents.cancel(opened)

    assert [each["status"] for each in sandbox.intents()] == ["canceled"]
