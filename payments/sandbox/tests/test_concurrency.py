"""Many at once: the lock holds, and the money adds up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import stripe


def outcome(act) -> str:
    try:
        return str(act().status)
    except stripe.StripeError as error:
        return str(error.code)


def test_twenty_confirmations_charge_once(sandbox, stripe_api, new_intent):
    intent = new_intent()

    def confirm():
        return stripe_api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(outcome, [confirm] * 20))

    assert outcomes.count("succeeded") == 1
    assert outcomes.count("payment_intent_unexpected_state") == 19
    assert len(sandbox.charges()) == 1


def test_confirming_and_canceling_at_once_ends_in_one_of_the_two(sandbox, stripe_api, new_intent):
    intents = [new_intent().id for _ in range(20)]

    with ThreadPoolExecutor(8) as threads:
        for id in intents:
            threads.submit(stripe_api.payment_intents.confirm, id, {"payment_method": "pm_card_visa"})
            threads.submit(stripe_api.payment_intents.cancel, id)

    paid = {charge["payment_intent"] for charge in sandbox.charges()}
    ended = {intent["id"]: intent["status"] for intent in sandbox.intents()}
    assert set(ended.values()) <= {"succeeded", "canceled"}
    assert {id for id, status in ended.items() if status == "succeeded"} == paid


def test_refunds_at_once_never_exceed_the_charge(sandbox, stripe_api, new_intent):
    intent = new_intent()
    sandbox.pay(intent.id)

    def give_back():
        return stripe_api.refunds.create({"payment_intent": intent.id, "amount": 300})

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(outcome, [give_back] * 20))

    assert outcomes.count("succeeded") == 6
    assert sum(refund["amount"] for refund in sandbox.refunds()) == 1800
    assert sandbox.charges()[0]["amount_refunded"] == 1800
