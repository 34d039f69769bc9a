"""Bank debits: `processing` for days, here for three minutes."""

from __future__ import annotations

import pytest

CLEARS, BOUNCES = "AT321904300235473204", "AT861904300235473202"


@pytest.fixture
def debit(stripe_api):
    def create(iban: str):
        return stripe_api.payment_intents.create(
            {
                "amount": 1999,
                "currency": "eur",
                "payment_method_types": ["sepa_debit"],
                "payment_method_data": {"type": "sepa_debit", "sepa_debit": {"iban": iban}},
                "confirm": True,
            }
        )

    return create


def test_a_debit_clears_after_three_minutes(sandbox, stripe_api, debit):
    intent = debit(CLEARS)
    assert intent.status == "processing"

    sandbox.advance(179)
    assert stripe_api.payment_intents.retrieve(intent.id).status == "processing"
    sandbox.advance(1)

    assert stripe_api.payment_intents.retrieve(intent.id).status == "succeeded"
    kinds = [event["type"] for event in sandbox.events()]
    assert kinds[:2] == ["charge.pending", "payment_intent.processing"]
    assert kinds[-2:] == ["charge.succeeded", "payment_intent.succeeded"]


def test_a_debit_may_bounce(sandbox, stripe_api, debit):
    intent = debit(BOUNCES)

    sandbox.advance(180)

    bounced = stripe_api.payment_intents.retrieve(intent.id)
    assert (bounced.status, bounced.payment_method) == ("requires_payment_method", None)
    assert bounced.last_payment_error is not None
    assert [event["type"] for event in sandbox.events()][-2:] == [
        "charge.failed",
        "payment_intent.payment_failed",
    ]


def test_a_test_may_decide_when_and_how(sandbox, debit):
    intent = debit(CLEARS)

    bounced = sandbox.settle_delayed(intent.id, False)
    sandbox.advance(180)

    assert bounced["status"] == "requires_payment_method"
    assert sandbox.intents()[0]["status"] == "requires_payment_method"


def test_an_iban_with_a_wrong_check_digit_is_refused(debit):
    with pytest.raises(Exception, match="IBAN"):
        debit("AT331904300235473204")


def test_what_is_processing_cannot_be_canceled(stripe_api, debit):
    intent = debit(CLEARS)

    with pytest.raises(Exception, match="status of processing"):
        stripe_api.payment_intents.cancel(intent.id)


def test_a_fault_lets_the_next_card_payment_take_days(sandbox, new_intent):
    sandbox.faults.delay_next()
    intent = new_intent()

    assert sandbox.pay(intent.id)["status"] == "processing"
    assert sandbox.settle_delayed(intent.id, True)["status"] == "succeeded"
    assert sandbox.pay(new_intent().id)["status"] == "succeeded"
