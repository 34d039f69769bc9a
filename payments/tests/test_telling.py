"""What Stripe's events say, in plain words."""

import pytest

from payments import telling
from payments.models import StripeEvent

AMOUNT = {"amount": 1294, "amount_received": 1294, "currency": "gbp"}


def told(type_, **told):
    return telling.in_words(StripeEvent(type=type_, payload={"data": {"object": told}}))


@pytest.mark.parametrize(
    ("type_", "object_", "words"),
    [
        ("payment_intent.succeeded", AMOUNT, "The payment succeeded: £12.94"),
        ("payment_intent.succeeded", {"amount_received": 500, "currency": "jpy"}, "The payment succeeded: JP¥500"),
        ("payment_intent.processing", {}, "The bank is working on the payment"),
        ("payment_intent.canceled", {}, "The payment was canceled"),
        (
            "payment_intent.payment_failed",
            {"last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"}},
            "The payment was declined: card declined, insufficient funds",
        ),
        (
            "payment_intent.payment_failed",
            {"last_payment_error": {"code": "expired_card", "decline_code": "expired_card"}},
            "The payment was declined: expired card",
        ),
        ("payment_intent.payment_failed", {}, "The payment was declined: no reason given"),
        ("refund.updated", {**AMOUNT, "status": "succeeded"}, "Refund of £12.94: succeeded"),
        (
            "refund.failed",
            {**AMOUNT, "status": "failed", "failure_reason": "lost_or_stolen_card"},
            "Refund of £12.94: failed, lost or stolen card",
        ),
        (
            "charge.dispute.created",
            {**AMOUNT, "status": "needs_response", "reason": "fraudulent"},
            "Dispute of £12.94, fraudulent: needs response",
        ),
        ("refund.created", {}, "Refund of no amount: unknown"),
    ],
)  # fmt: skip
def test_news_is_told_in_plain_words(type_, object_, words):
    assert told(type_, **object_) == words


@pytest.mark.parametrize(
    "type_", ["charge.succeeded", "charge.updated", "payment_intent.created", "customer.created"]
)
def test_what_brings_no_news_is_not_told(type_):
    assert told(type_, **AMOUNT) == ""
