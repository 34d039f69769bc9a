"""Every event is kept, applied once, and tried again when that fails."""

import logging
from collections.abc import Mapping

import pytest
from django_tasks_db.models import DBTaskResult

from payments import inbox
from payments.inbox import Envelope
from payments.models import Attention, Payment, StripeEvent
from payments.stripe_objects import Malformed

from .news import dispute_object, error, event, intent_object, refund_object

pytestmark = pytest.mark.django_db


def receive(event):
    inbox.receive(Envelope.parse(event))
    return StripeEvent.objects.get(pk=event["id"])


INTENT_EVENTS = {
    "payment_intent.created": ("requires_payment_method", "PENDING"),
    "payment_intent.requires_action": ("requires_action", "PENDING"),
    "payment_intent.processing": ("processing", "PROCESSING"),
    "payment_intent.amount_capturable_updated": ("requires_capture", "PENDING"),
    "payment_intent.payment_failed": ("requires_payment_method", "FAILED"),
    "payment_intent.succeeded": ("succeeded", "COMPLETED"),
    "payment_intent.canceled": ("canceled", "CANCELED"),
    "payment_intent.partially_funded": ("requires_action", "PENDING"),
}


@pytest.mark.parametrize("type_", INTENT_EVENTS)
def test_events_of_the_intent_move_the_payment(known, type_):
    status, outcome = INTENT_EVENTS[type_]
    trouble = error() if type_.endswith("failed") else None

    kept = receive(event(type_, intent_object(known, status, last_payment_error=trouble)))

    known.refresh_from_db()
    assert known.status == outcome
    assert kept.processed_at
    assert kept.type == type_


@pytest.mark.parametrize(
    "type_", ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]
)
def test_events_of_a_refund_are_followed(known, type_):
    receive(event("payment_intent.succeeded", intent_object(known)))

    kept = receive(event(type_, refund_object(known, "failed" if "failed" in type_ else "succeeded")))

    assert kept.processed_at
    assert known.refunds.get().status == ("FAILED" if "failed" in type_ else "SUCCEEDED")


@pytest.mark.parametrize(
    ("type_", "status"),
    [
        ("charge.dispute.created", "needs_response"),
        ("charge.dispute.funds_withdrawn", "needs_response"),
        ("charge.dispute.updated", "under_review"),
        ("charge.dispute.closed", "won"),
        ("charge.dispute.closed", "lost"),
        ("charge.dispute.closed", "warning_closed"),
        ("charge.dispute.funds_reinstated", "won"),
    ],
)
def test_events_of_a_dispute_are_followed(known, type_, status):
    kept = receive(event(type_, dispute_object(known, status)))

    assert kept.processed_at
    assert known.disputes.get().status == status


@pytest.mark.parametrize(
    "type_",
    [
        *(f"charge.{what}" for what in "succeeded failed pending captured updated refunded expired".split()),
        "customer.created",
        "payment_method.attached",
        "invented.next_year",
    ],
)
def test_other_events_are_kept_and_change_nothing(known, announced, type_):
    kept = receive(event(type_, {"object": type_.split(".")[0], "payment_intent": "pi_known"}))

    assert kept.processed_at
    assert announced == []


def test_types_are_logged(known, caplog):
    caplog.set_level(logging.INFO, "payments")
    receive(event("charge.succeeded", {"object": "charge"}))

    assert "charge.succeeded" in caplog.text


def test_a_second_delivery_changes_nothing(known, announced):
    success = event("payment_intent.succeeded", intent_object(known))

    first, second = receive(success), receive(success)

    assert announced == ["succeeded"]
    assert (first.processed_at, second.attempts) == (second.processed_at, 1)


def test_two_events_of_one_fact_have_one_effect(known, announced):
    for _ in range(2):
        receive(event("payment_intent.succeeded", intent_object(known)))

    assert announced == ["succeeded"]
    assert StripeEvent.objects.count() == 2


# What is genuine, but not for us to apply


@pytest.mark.parametrize(
    ("shop", "words"), [(False, "live event in a test shop"), (True, "test event in a live shop")]
)
def test_events_of_the_other_mode_are_set_aside(known, settings, announced, caplog, shop, words):
    settings.STRIPE_LIVE_MODE = shop

    kept = receive(event("payment_intent.succeeded", intent_object(known), livemode=not shop))

    assert (kept.quarantine, kept.processed_at) == (words, None)
    assert announced == []
    assert "set aside" in caplog.text
    assert max(record.levelno for record in caplog.records) == logging.ERROR


def test_however_many_events_of_the_other_mode_come_people_are_called_once(known):
    """An endpoint of the other mode was set up with our address: each of its events would be a case."""
    for _ in range(2):
        receive(event("payment_intent.succeeded", intent_object(known), livemode=True))

    assert Attention.objects.open().get().subject == inbox.OTHER_MODE


def test_an_intent_of_ours_that_we_do_not_know_is_set_aside(known, announced):
    lost = intent_object(known, id="pi_lost", metadata={"payment_id": "6f0c1b46-0000-4000-8000-000000000000"})

    kept = receive(event("payment_intent.succeeded", lost))

    assert "no payment for pi_lost" in kept.quarantine
    assert announced == []


def test_an_intent_that_another_shop_opened_is_let_pass(known, announced):
    kept = receive(event("payment_intent.succeeded", intent_object(known, id="pi_theirs", metadata={})))

    assert kept.processed_at
    assert announced == []
    assert not DBTaskResult.objects.exists()


def test_a_refund_of_ours_that_we_do_not_know_is_set_aside(known):
    lost = refund_object(known, payment_intent="pi_theirs", metadata={"refund_id": "lost"})

    assert "not ours" in receive(event("refund.created", lost)).quarantine
    assert receive(event("refund.created", {**lost, "metadata": {}})).processed_at
    assert receive(
        event("charge.dispute.created", dispute_object(known, payment_intent="pi_theirs"))
    ).processed_at


WRONG = [
    ("payment_intent.succeeded", intent_object, {"metadata": ["a"]}),
    ("payment_intent.payment_failed", intent_object, {"last_payment_error": "declined"}),
    ("payment_intent.succeeded", intent_object, {"amount_received": "1294"}),
    ("payment_intent.succeeded", intent_object, {"amount_received": 10**400}),
    ("payment_intent.succeeded", intent_object, {"id": "x" * 300}),
    ("payment_intent.succeeded", intent_object, {"object": "charge"}),
    ("refund.created", refund_object, {"amount": 1e3}),
    ("refund.created", refund_object, {"metadata": {"refund_id": ["a"]}}),
    ("charge.dispute.created", dispute_object, {"evidence_details": []}),
    ("charge.dispute.created", dispute_object, {"evidence_details": ["soon"]}),
    ("charge.dispute.created", dispute_object, {"reason": None}),
]


@pytest.mark.parametrize(("type_", "build", "wrong"), WRONG)
def test_an_object_of_wrong_types_is_set_aside_at_once(known, type_, build, wrong):
    kept = receive(event(type_, build(known, **wrong)))

    assert kept.quarantine.startswith("malformed")
    assert kept.retry_at is None


@pytest.mark.parametrize("build", [{"object": "payment_intent"}, {}, {"object": []}])
def test_an_object_without_anything_is_set_aside(db, build):
    assert receive(event("payment_intent.succeeded", build)).quarantine.startswith("malformed")


SOUND = event("charge.succeeded", {"object": "charge"})


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "event",
        {},
        {**SOUND, "object": "v2.core.event"},
        *[
            {**SOUND, "id": odd}
            for odd in (None, 7, "", "x" * 256, "evt_\0", "evt_\ud800", "evt 1", ["evt_1"])
        ],
        *[{**SOUND, "type": odd} for odd in (None, 7, "", "x" * 101, "a\0b", {"a": 1})],
        *[{**SOUND, "livemode": odd} for odd in (None, 0, "false")],
        *[{**SOUND, "created": odd} for odd in (None, "1", 1.5, True, 10**300, -(10**12))],
        *[{**SOUND, "data": odd} for odd in (None, [], {}, {"object": None}, {"object": ["a"]})],
    ],
)
def test_an_envelope_that_is_none_is_malformed(broken):
    with pytest.raises(Malformed):
        Envelope.parse(broken)


def test_nothing_that_lets_somebody_pay_is_kept(known):
    secret = intent_object(known, client_secret="pi_known_secret_x", receipt_email="ada@example.com")

    kept = receive(event("payment_intent.created", secret))

    assert isinstance(kept.payload, Mapping)
    assert "secret_x" not in str(kept.payload)
    assert "ada@example.com" not in str(kept.payload)
    assert Payment.objects.count() == 1
