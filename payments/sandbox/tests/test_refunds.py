"""Refunds: what is given back, what is refused, and what the charge says afterwards."""

from __future__ import annotations

import pytest
import stripe


@pytest.fixture
def paid(sandbox, new_intent):
    def pay(payment_method: str = "pm_card_visa") -> str:
        intent = new_intent()
        sandbox.pay(intent.id, payment_method)
        return intent.id

    return pay


def types(sandbox) -> list[str]:
    return [event["type"] for event in sandbox.events()]


def test_without_an_amount_all_that_is_left_goes_back(sandbox, stripe_api, paid):
    intent = paid()
    stripe_api.refunds.create({"payment_intent": intent, "amount": 500})

    rest = stripe_api.refunds.create({"payment_intent": intent, "reason": "requested_by_customer"})

    assert (rest.amount, rest.status, rest.reason) == (1499, "succeeded", "requested_by_customer")
    charge = sandbox.charges()[0]
    assert (charge["amount_refunded"], charge["refunded"]) == (1999, True)
    assert sandbox.intents()[0]["status"] == "succeeded"
    assert types(sandbox).count("charge.refunded") == 2


def test_a_partial_refund_leaves_the_charge_unrefunded(sandbox, stripe_api, paid):
    stripe_api.refunds.create({"payment_intent": paid(), "amount": 500})

    charge = sandbox.charges()[0]
    assert (charge["amount_refunded"], charge["refunded"]) == (500, False)


def test_a_refund_may_name_the_charge(sandbox, stripe_api, paid):
    intent = paid()

    refund = stripe_api.refunds.create({"charge": sandbox.charges()[0]["id"], "amount": 1})

    assert refund.payment_intent == intent


def test_the_events_of_a_refund_in_their_order(sandbox, stripe_api, paid):
    intent = paid()
    last = sandbox.events()[-1]["id"]

    stripe_api.refunds.create({"payment_intent": intent})
    sandbox.advance(1.5)

    events = sandbox.events(after=last)
    assert [event["type"] for event in events] == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
    ]
    assert [event["data"]["object"]["object"] for event in events] == ["refund", "charge", "refund", "refund"]
    assert "refunds" not in events[1]["data"]["object"]
    assert events[2]["data"]["object"]["destination_details"]["card"]["reference_status"] == "available"


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_or_less_is_refused(stripe_api, paid, amount):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe_api.refunds.create({"payment_intent": paid(), "amount": amount})

    assert (refused.value.code, refused.value.param) == ("parameter_invalid_integer", "amount")


def test_more_than_is_left_is_refused_with_both_amounts(stripe_api, paid):
    with pytest.raises(stripe.InvalidRequestError, match=r"£20\.00.*£19\.99") as refused:
        stripe_api.refunds.create({"payment_intent": paid(), "amount": 2000})

    assert (refused.value.code, refused.value.param) == (None, "amount")


def test_a_second_full_refund_is_refused(stripe_api, paid):
    intent = paid()
    stripe_api.refunds.create({"payment_intent": intent})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe_api.refunds.create({"payment_intent": intent})

    assert refused.value.code == "charge_already_refunded"


def test_an_unpaid_intent_cannot_be_refunded(stripe_api, new_intent):
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        stripe_api.refunds.create({"payment_intent": new_intent().id})


def test_a_failed_charge_cannot_be_refunded(sandbox, stripe_api, paid):
    paid("pm_card_visa_chargeDeclined")

    with pytest.raises(stripe.InvalidRequestError):
        stripe_api.refunds.create({"charge": sandbox.charges()[0]["id"]})


def test_a_disputed_charge_cannot_be_refunded(sandbox, stripe_api, paid):
    intent = paid()
    sandbox.dispute(sandbox.charges()[0]["id"])

    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe_api.refunds.create({"payment_intent": intent})

    assert refused.value.code == "charge_disputed"


@pytest.mark.parametrize(
    "params", [{}, {"payment_intent": "pi_x", "charge": "ch_x"}, {"payment_intent": "pi_x"}]
)
def test_a_refund_needs_exactly_one_existing_payment(stripe_api, params):
    with pytest.raises(stripe.InvalidRequestError):
        stripe_api.refunds.create(params)


def test_a_pending_refund_succeeds_later(sandbox, stripe_api, paid):
    refund = stripe_api.refunds.create({"payment_intent": paid("pm_card_pendingRefund")})

    sandbox.advance(5)

    assert refund.status == "pending"
    assert stripe_api.refunds.retrieve(refund.id).status == "succeeded"
    assert types(sandbox)[-2:] == ["refund.updated", "charge.refund.updated"]


def test_a_refund_that_succeeded_may_fail_later_and_the_money_is_back(sandbox, stripe_api, paid):
    intent = paid("pm_card_refundFail")
    refund = stripe_api.refunds.create({"payment_intent": intent})
    assert refund.status == "succeeded"

    sandbox.advance(5)

    failed = stripe_api.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "unknown")
    assert failed.failure_balance_transaction.amount == 1999
    assert sandbox.charges()[0]["amount_refunded"] == 0
    assert types(sandbox)[-3:] == ["refund.failed", "refund.updated", "charge.refund.updated"]


def test_a_test_may_let_any_refund_fail(sandbox, stripe_api, paid):
    refund = stripe_api.refunds.create({"payment_intent": paid()})

    assert sandbox.fail_refund(refund.id)["status"] == "failed"
    assert sandbox.fail_refund(refund.id)["status"] == "failed"
    assert types(sandbox).count("refund.failed") == 1


def test_only_metadata_can_be_changed_and_no_card_refund_canceled(stripe_api, paid):
    refund = stripe_api.refunds.create({"payment_intent": paid()})

    assert stripe_api.refunds.update(refund.id, {"metadata": {"a": "1"}}).metadata["a"] == "1"
    with pytest.raises(stripe.InvalidRequestError):
        stripe_api.refunds.cancel(refund.id)


def test_refunds_are_listed_by_intent(stripe_api, paid):
    first, second = paid(), paid()
    refund = stripe_api.refunds.create({"payment_intent": first})
    stripe_api.refunds.create({"payment_intent": second})

    assert [known.id for known in stripe_api.refunds.list({"payment_intent": first}).data] == [refund.id]
