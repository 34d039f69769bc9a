"""Ending a payment: Stripe is asked first, and what it says is what happens."""

from decimal import Decimal

import pytest

from payments import gateway, intents, signals
from payments.models import Payment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


def test_a_payment_that_stripe_never_heard_of_is_canceled_without_a_call(payment, sandbox, announced):
    intents.cancel(payment)

    assert payment.status == Payment.Status.CANCELED
    assert announced == ["canceled"]
    assert sandbox.calls == []


def test_whoever_hears_of_it_sees_the_payment_as_it_is_now(payment):
    seen = []

    def listen(payment, **kwargs):
        seen.append((payment.status, payment.canceled_at is not None))

    signals.payment_canceled.connect(listen)
    try:
        intents.cancel(payment)
    finally:
        signals.payment_canceled.disconnect(listen)

    assert seen == [(Payment.Status.CANCELED, True)]


def test_an_open_intent_is_canceled_at_stripe(opened, sandbox, announced):
    intents.cancel(opened)

    assert opened.status == Payment.Status.CANCELED
    assert [intent["status"] for intent in sandbox.intents()] == ["canceled"]
    assert announced == ["canceled"]


def test_canceling_twice_changes_nothing_more(opened, sandbox, announced):
    intents.cancel(opened)
    intents.cancel(opened)

    assert opened.status == Payment.Status.CANCELED
    assert announced == ["canceled"]


def test_money_that_has_come_is_kept(opened, sandbox, announced):
    sandbox.pay(opened.stripe_payment_id)

    intents.cancel(opened)

    assert opened.status == Payment.Status.COMPLETED
    assert announced == ["succeeded"]


def test_money_that_comes_while_we_cancel_is_kept(opened, sandbox, announced, monkeypatch):
    """The shopper confirms between our look and our cancel: Stripe answers 400, and is asked again."""
    look = gateway.retrieve_intent

    def look_and_be_overtaken(intent_id):
        seen = look(intent_id)
        sandbox.pay(intent_id)
        return seen

    monkeypatch.setattr(gateway, "retrieve_intent", look_and_be_overtaken)
    intents.cancel(opened)

    assert opened.status == Payment.Status.COMPLETED
    assert announced == ["succeeded"]


@pytest.mark.parametrize("end", ["paid", "canceled"])
def test_an_intent_that_is_over_is_only_looked_at(opened, sandbox, end):
    if end == "paid":
        sandbox.pay(opened.stripe_payment_id)
    else:
        gateway.cancel_intent(opened.stripe_payment_id)
    before = len(sandbox.calls)

    intents.cancel(opened)

    assert [call["method"] for call in sandbox.calls[before:]] == ["GET"]


def test_money_on_its_way_is_waited_for(opened, sandbox, announced):
    sandbox.faults.delay_next()
    sandbox.pay(opened.stripe_payment_id)

    intents.cancel(opened)

    assert opened.status == Payment.Status.PROCESSING
    assert announced == []


def test_a_3d_secure_check_that_nobody_finished_is_ended(opened, sandbox):
    sandbox.pay(opened.stripe_payment_id, "pm_card_authenticationRequired")

    intents.cancel(opened)

    assert opened.status == Payment.Status.CANCELED


@pytest.mark.parametrize("fault", ["error_500", "error_429", "drop"])
def test_when_stripe_cannot_be_asked_nothing_has_changed(opened, sandbox, announced, fault):
    sandbox.faults.api(fault)

    with pytest.raises(gateway.StripeUnavailable):
        intents.cancel(opened)

    opened.refresh_from_db()
    assert opened.status == Payment.Status.PENDING
    assert announced == []


def test_a_cancel_whose_answer_was_lost_is_seen_later(opened, sandbox):
    sandbox.faults.api("drop", f"/v1/payment_intents/{opened.stripe_payment_id}/cancel", when="after")
    with pytest.raises(gateway.StripeUnavailable):
        intents.cancel(opened)
    sandbox.faults.clear()

    intents.cancel(opened)

    assert opened.status == Payment.Status.CANCELED


def test_an_intent_that_was_opened_without_our_knowing_is_canceled_too(payment, sandbox):
    sandbox.faults.api("drop", "/v1/payment_intents", when="after")
    with pytest.raises(gateway.StripeUnavailable):
        intents.ensure(payment)
    sandbox.faults.clear()

    intents.cancel(payment)

    assert payment.status == Payment.Status.CANCELED
    assert [intent["status"] for intent in sandbox.intents()] == ["canceled"]


def test_a_payment_that_stripe_refuses_to_open_can_be_canceled(payment, sandbox, announced):
    """Otherwise its books would be held for good."""
    Payment.objects.update(amount=Decimal("0.05"))
    with pytest.raises(gateway.StripeRefused):
        intents.ensure(payment)

    intents.cancel(payment)

    assert payment.status == Payment.Status.CANCELED
    assert announced == ["canceled"]


def test_a_refused_payment_whose_first_answer_was_lost_can_be_canceled(payment, sandbox):
    sandbox.faults.api("drop", "/v1/payment_intents")
    with pytest.raises(gateway.StripeUnavailable):
        intents.ensure(payment)
    sandbox.faults.clear()
    Payment.objects.update(amount=Decimal("0.05"))

    intents.cancel(payment)

    assert payment.status == Payment.Status.CANCELED


def test_a_wrong_secret_key_ends_no_payment(payment, sandbox, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_unknown0000000000000000"
    for act in (intents.ensure, intents.cancel):
        with pytest.raises(gateway.StripeUnavailable):
            act(payment)

    payment.refresh_from_db()
    assert payment.status == Payment.Status.PENDING
