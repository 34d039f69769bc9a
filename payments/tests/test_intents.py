"""A payment's intent is opened once, whatever fails on the way."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from orders.factories import place_order
from payments import gateway, intents
from payments.models import Payment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

OPENING = {"path": "/v1/payment_intents", "method": "POST"}


def before(seconds):
    return timezone.now() - timedelta(seconds=seconds)


def ids(sandbox):
    return [intent["id"] for intent in sandbox.intents()]


def creations(sandbox):
    """The idempotency keys of the calls that would open an intent."""
    opening = [
        call for call in sandbox.calls if (call["method"], call["path"]) == ("POST", "/v1/payment_intents")
    ]
    return [call["idempotency_key"] for call in opening]


def test_a_payment_is_opened_once_and_then_looked_at(payment, sandbox):
    first, again = intents.ensure(payment), intents.ensure(payment)

    payment.refresh_from_db()
    assert ids(sandbox) == [first.id] == [again.id] == [payment.stripe_payment_id]
    assert again.client_secret == first.client_secret != ""
    assert [call["method"] for call in sandbox.calls] == ["POST", "GET"]


def test_the_client_secret_is_written_down_nowhere(payment, sandbox):
    secret = intents.ensure(payment).client_secret

    row = Payment.objects.filter(pk=payment.pk).values_list().get()
    assert secret not in str(row)


def test_two_requests_that_know_nothing_of_each_other_see_one_intent(payment, sandbox):
    elsewhere = Payment.objects.get(pk=payment.pk)

    assert intents.ensure(payment).id == intents.ensure(elsewhere).id
    assert len(ids(sandbox)) == 1


def test_nothing_is_opened_inside_a_transaction(payment, sandbox):
    with transaction.atomic(), pytest.raises(gateway.InsideTransaction):
        intents.ensure(payment)


# What Stripe did is unknown


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(payment, sandbox):
    sandbox.faults.api("drop", when="after", **OPENING)
    with pytest.raises(gateway.StripeUnavailable):
        intents.ensure(payment)
    sandbox.faults.clear()

    opened = intents.ensure(payment)

    assert ids(sandbox) == [opened.id]
    assert set(creations(sandbox)) == {f"payment-{payment.pk}-1"}


def test_an_intent_that_was_opened_in_spite_of_a_500_is_found(payment, sandbox):
    """Stripe would answer this key with the same 500 for a day."""
    sandbox.faults.api("error_500", when="after", count=1, **OPENING)
    with pytest.raises(gateway.StripeFailed):
        intents.ensure(payment)

    opened = intents.ensure(payment)

    assert ids(sandbox) == [opened.id]
    assert opened.client_secret


def test_after_a_500_that_opened_nothing_another_key_is_used(payment, sandbox):
    sandbox.faults.api("error_500", count=2, **OPENING)
    with pytest.raises(gateway.StripeFailed):
        intents.ensure(payment)

    opened = intents.ensure(payment)

    assert ids(sandbox) == [opened.id]
    assert creations(sandbox)[-1] == f"payment-{payment.pk}-2"
    payment.refresh_from_db()
    assert payment.open_failed_at is None


def test_a_500_spends_the_key_of_no_other_payment(payment, sandbox):
    other = place_order().payment
    sandbox.faults.api("error_500", count=2, **OPENING)
    with pytest.raises(gateway.StripeFailed):
        intents.ensure(payment)

    other.refresh_from_db()
    assert other.open_failed_at is None


def test_when_stripe_asks_to_slow_down_the_key_stays(payment, sandbox):
    sandbox.faults.api("error_429", count=2, **OPENING)
    with pytest.raises(gateway.StripeUnavailable):
        intents.ensure(payment)

    intents.ensure(payment)

    assert set(creations(sandbox)) == {f"payment-{payment.pk}-1"}


def test_an_intent_is_found_when_its_key_is_forgotten(payment, sandbox):
    sandbox.faults.api("drop", when="after", **OPENING)
    with pytest.raises(gateway.StripeUnavailable):
        intents.ensure(payment)
    sandbox.faults.clear()
    Payment.objects.update(created_at=before(25 * 3600), opened_at=before(25 * 3600))
    sandbox.advance(25 * 3600)

    opened = intents.ensure(payment)

    assert ids(sandbox) == [opened.id]


def test_a_new_key_has_a_new_life(payment, sandbox):
    """Otherwise every answer that is lost after the first day would cost another key, and maybe open another intent."""
    Payment.objects.update(created_at=before(25 * 3600), opened_at=before(25 * 3600))
    sandbox.faults.api("drop", when="after", **OPENING)
    for _ in range(2):
        with pytest.raises(gateway.StripeUnavailable):
            intents.ensure(payment)
    sandbox.faults.clear()

    opened = intents.ensure(payment)

    assert ids(sandbox) == [opened.id]
    assert set(creations(sandbox)) == {f"payment-{payment.pk}-2"}


def test_a_late_500_does_not_spend_the_key_that_others_use_now(payment, sandbox, monkeypatch):
    def overtaken(payment):
        Payment.objects.filter(pk=payment.pk).update(attempt=2)
        raise gateway.StripeFailed("500")

    monkeypatch.setattr(gateway, "create_intent", overtaken)
    with pytest.raises(gateway.StripeFailed):
        intents.ensure(payment)

    payment.refresh_from_db()
    assert (payment.attempt, payment.open_failed_at) == (2, None)


# Others are faster


def test_the_event_may_come_before_we_have_written_the_intent_down(payment, stripe, monkeypatch):
    create = gateway.create_intent

    def create_and_tell(payment):
        created = create(payment)
        assert [response.status_code for response in stripe.deliver()] == [200]
        return created

    monkeypatch.setattr(gateway, "create_intent", create_and_tell)
    opened = intents.ensure(payment)

    payment.refresh_from_db()
    assert payment.stripe_payment_id == opened.id
    assert payment.status == Payment.Status.PENDING


def test_whoever_opens_a_second_intent_is_given_the_first_and_cancels_the_other(
    payment, sandbox, monkeypatch
):
    create = gateway.create_intent

    def create_too_late(payment):
        monkeypatch.setattr(gateway, "create_intent", create)
        rival = Payment.objects.get(pk=payment.pk)
        Payment.objects.update(attempt=2)
        intents.ensure(rival)
        return create(payment)

    monkeypatch.setattr(gateway, "create_intent", create_too_late)
    shown = intents.ensure(payment)

    payment.refresh_from_db()
    status = {intent["id"]: intent["status"] for intent in sandbox.intents()}
    assert shown.id == payment.stripe_payment_id
    assert status.pop(shown.id) == "requires_payment_method"
    assert list(status.values()) == ["canceled"]


def test_an_intent_of_a_payment_that_was_canceled_meanwhile_is_canceled(payment, sandbox, monkeypatch):
    create = gateway.create_intent

    def create_too_late(payment):
        Payment.objects.update(status=Payment.Status.CANCELED, canceled_at=timezone.now())
        return create(payment)

    monkeypatch.setattr(gateway, "create_intent", create_too_late)
    with pytest.raises(intents.NotPayable):
        intents.ensure(payment)

    assert [intent["status"] for intent in sandbox.intents()] == ["canceled"]


def test_a_payment_that_is_over_is_not_opened(payment, sandbox):
    intents.cancel(payment)

    with pytest.raises(intents.NotPayable):
        intents.ensure(payment)
    assert sandbox.calls == []
