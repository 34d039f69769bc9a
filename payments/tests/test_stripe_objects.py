"""Stripe's objects are checked once, where they come in."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from payments.models import Payment
from payments.stripe_objects import (
    Decline,
    DisputeNews,
    Intent,
    Malformed,
    RefundNews,
    moment,
    without_secrets,
)

from .news import dispute_object, error, intent_object, refund_object

PAYMENT = Payment(order_id=UUID(int=1), stripe_payment_id="pi_1", amount=Decimal("12.94"), currency="gbp")
INTENT = intent_object(PAYMENT, client_secret="pi_1_secret_x")
REFUND = refund_object(PAYMENT)
DISPUTE = dispute_object(PAYMENT)

NO_TEXT = [None, 7, True, "", [], {}, ["a"], "x" * 256]
NO_AMOUNT = [None, "1294", 12.94, True, -1, 10**300, [], {}]


def test_an_intent_is_read():
    intent = Intent.parse(INTENT)

    assert (intent.id, intent.status, intent.amount, intent.currency) == ("pi_1", "succeeded", 1294, "gbp")
    assert intent.metadata["payment_id"] == str(PAYMENT.pk)
    assert intent.decline is None


def test_the_client_secret_is_not_shown_where_an_intent_is_printed():
    intent = Intent.parse(INTENT)

    assert intent.client_secret == "pi_1_secret_x"
    assert "secret_x" not in repr(intent)
    assert "secret_x" not in str(intent)


@pytest.mark.parametrize("charge", ["ch_7", {"id": "ch_7", "object": "charge"}])
def test_a_decline_is_named_after_its_charge(charge):
    intent = Intent.parse({**INTENT, "last_payment_error": error(charge=charge)})

    assert intent.decline == Decline("card_declined", "generic_decline", "ch_7")


def test_a_try_without_a_charge_is_named_after_its_card():
    """A failed 3-D Secure check leaves no charge."""
    trouble = {"code": "payment_intent_authentication_failure", "payment_method": {"id": "pm_9"}}

    assert Intent.parse({**INTENT, "last_payment_error": trouble}).decline == Decline(
        "payment_intent_authentication_failure", "", "pm_9"
    )


@pytest.mark.parametrize(
    ("parser", "sound", "key", "wrong"),
    [
        *[(Intent, INTENT, key, NO_TEXT) for key in ("id", "status", "currency")],
        *[(Intent, INTENT, key, NO_AMOUNT) for key in ("amount", "amount_received")],
        (Intent, INTENT, "livemode", [None, 0, "false", []]),
        (Intent, INTENT, "metadata", [["a"], "order", 7, {"order_id": ["a"]}, {"order_id": None}]),
        (
            Intent,
            INTENT,
            "last_payment_error",
            ["card_declined", ["a"], 7, {"code": {"a": 1}}, {"code": "x" * 101}],
        ),
        (Intent, INTENT, "client_secret", [7, ["a"], {"a": 1}]),
        (Intent, INTENT, "object", [None, "charge", ["payment_intent"]]),
        *[(RefundNews, REFUND, key, NO_TEXT) for key in ("id", "status", "currency")],
        (RefundNews, REFUND, "amount", NO_AMOUNT),
        (RefundNews, REFUND, "failure_reason", [7, ["a"], "x" * 101]),
        (RefundNews, REFUND, "object", [None, "charge"]),
        *[(DisputeNews, DISPUTE, key, NO_TEXT) for key in ("id", "status", "reason", "currency")],
        (DisputeNews, DISPUTE, "amount", NO_AMOUNT),
        (
            DisputeNews,
            DISPUTE,
            "evidence_details",
            [["a"], "soon", 7, {"due_by": "soon"}, {"due_by": 10**20}],
        ),
        (DisputeNews, DISPUTE, "object", [None, "charge"]),
    ],
)
def test_what_is_not_as_it_should_be_is_malformed(parser, sound, key, wrong):
    for value in wrong:
        with pytest.raises(Malformed):
            parser.parse({**sound, key: value})


@pytest.mark.parametrize(
    ("parser", "sound"), [(Intent, INTENT), (RefundNews, REFUND), (DisputeNews, DISPUTE)]
)
def test_keys_that_nobody_reads_may_be_anything(parser, sound):
    assert parser.parse({**sound, "brand_new": [{"of": "any"}, 1e300, None]}) == parser.parse(sound)


def test_a_reference_that_is_none_is_empty():
    for odd in (None, 7, ["pi_1"], {"object": "payment_intent"}, {"id": 7}):
        assert RefundNews.parse({**REFUND, "payment_intent": odd}).payment_intent == ""
    assert RefundNews.parse({**REFUND, "payment_intent": {"id": "pi_1"}}).payment_intent == "pi_1"


def test_a_dispute_tells_when_the_evidence_is_due():
    assert DisputeNews.parse(DISPUTE).evidence_due_at == datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert DisputeNews.parse({**DISPUTE, "evidence_details": None}).evidence_due_at is None
    assert DisputeNews.parse({**DISPUTE, "evidence_details": {}}).evidence_due_at is None


@pytest.mark.parametrize("seconds", [None, "0", 1.5, True, 10**18, -(10**18), 10**300])
def test_a_time_is_whole_seconds_within_reason(seconds):
    with pytest.raises(Malformed):
        moment(seconds)


def test_what_is_kept_holds_no_secret_and_nobodys_address():
    kept = without_secrets(
        {
            "client_secret": "pi_1_secret_x",
            "receipt_email": "ada@example.com",
            "next_action": {
                "url": "https://hooks.stripe.com/3ds?payment_intent_client_secret=pi_1_secret_xyz&a=1"
            },
            "charges": [{"billing_details": {"email": "ada@example.com"}, "client_secret": "x", "amount": 5}],
        }
    )

    assert kept == {
        "next_action": {"url": "https://hooks.stripe.com/3ds?payment_intent_client_secret=pi_1_secret&a=1"},
        "charges": [{"amount": 5}],
    }


def test_what_postgresql_cannot_store_is_left_out():
    assert without_secrets({"a\0b": ["x\0y", "\ud800z", "ä😀"]}) == {"ab": ["xy", "?z", "ä😀"]}


def test_numbers_and_constants_are_kept_as_they_are():
    data = {"a": 1, "b": 1.5, "c": None, "d": True, "e": [], "f": {}}

    assert without_secrets(data) == data
