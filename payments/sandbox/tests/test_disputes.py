"""Disputes and inquiries."""

from __future__ import annotations

import pytest
import stripe


@pytest.fixture
def disputed(sandbox, new_intent, stripe_api):
    def pay(payment_method: str = "pm_card_createDispute"):
        sandbox.pay(new_intent().id, payment_method)
        sandbox.advance(1)
        return stripe_api.disputes.list().data[0]

    return pay


def dispute_events(sandbox) -> list[str]:
    return [event["type"] for event in sandbox.events() if "dispute" in event["type"]]


def test_a_disputed_card_brings_a_dispute_and_takes_the_money(sandbox, disputed):
    dispute = disputed()

    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 1999)
    assert dispute.payment_intent == sandbox.intents()[0]["id"]
    assert sandbox.charges()[0]["disputed"] is True
    assert dispute_events(sandbox) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def test_the_reason_depends_on_the_card(disputed):
    assert disputed("pm_card_createDisputeProductNotReceived").reason == "product_not_received"


def test_an_inquiry_takes_no_money_and_lets_refunds_through(sandbox, disputed, stripe_api):
    inquiry = disputed("pm_card_createDisputeInquiry")

    assert inquiry.status == "warning_needs_response"
    assert dispute_events(sandbox) == ["charge.dispute.created"]
    assert stripe_api.refunds.create({"charge": inquiry.charge}).status == "succeeded"


def test_closing_accepts_the_loss(sandbox, disputed, stripe_api):
    dispute = disputed()

    closed = stripe_api.disputes.close(dispute.id)

    assert closed.status == "lost"
    assert dispute_events(sandbox)[-1] == "charge.dispute.closed"
    with pytest.raises(stripe.InvalidRequestError):
        stripe_api.disputes.close(dispute.id)


@pytest.mark.parametrize(("evidence", "end"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_evidence_decides(sandbox, disputed, stripe_api, evidence, end):
    dispute = disputed()

    given = stripe_api.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}})
    sandbox.advance(5)

    assert given.status == "under_review"
    assert stripe_api.disputes.retrieve(dispute.id).status == end
    assert ("charge.dispute.funds_reinstated" in dispute_events(sandbox)) is (end == "won")
    assert "charge.dispute.updated" in dispute_events(sandbox)


def test_a_won_dispute_frees_the_charge_for_refunds(sandbox, disputed, stripe_api):
    dispute = disputed()
    stripe_api.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    sandbox.advance(5)

    assert stripe_api.refunds.create({"charge": dispute.charge}).status == "succeeded"


def test_a_fault_disputes_the_next_charge(sandbox, new_intent):
    sandbox.faults.dispute_next()
    sandbox.pay(new_intent().id)

    sandbox.advance(1)

    assert [dispute["status"] for dispute in sandbox.disputes()] == ["needs_response"]
