"""Looking at Stripe settles what is seen there."""

import pytest

from payments import gateway, intents
from payments.models import Payment

from .news import attention_to

pytestmark = pytest.mark.django_db


def test_ensure_settles_what_it_sees(opened, sandbox, announced):
    sandbox.pay(opened.stripe_payment_id)

    assert intents.ensure(opened).status == "succeeded"

    opened.refresh_from_db()
    assert opened.status == Payment.Status.COMPLETED
    assert announced == ["succeeded"]


def test_refresh_settles_what_it_sees_even_if_it_was_told_of_no_intent(payment, sandbox, announced):
    elsewhere = Payment.objects.get(pk=payment.pk)
    sandbox.pay(intents.ensure(payment).id, "pm_card_visa_chargeDeclinedInsufficientFunds")

    intents.refresh(elsewhere)

    assert elsewhere.status == Payment.Status.FAILED
    assert "not enough money" in elsewhere.failure_message
    assert announced == ["failed"]


def test_refresh_of_a_payment_that_was_never_opened_asks_nobody(payment, sandbox):
    assert intents.refresh(payment).status == Payment.Status.PENDING
    assert sandbox.calls == []


def test_an_intent_that_stripe_does_not_know_is_shown_to_staff(opened, sandbox):
    sandbox.reset()

    with pytest.raises(gateway.StripeRefused):
        intents.refresh(opened)

    opened.refresh_from_db()
    assert "does not know" in attention_to(opened)
    assert opened.status == Payment.Status.PENDING
