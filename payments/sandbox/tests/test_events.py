"""Events: frozen, listed, filtered; signed as Stripe signs."""

from __future__ import annotations

import json

import pytest
import stripe

from payments.sandbox import API_VERSION


def test_an_event_has_stripes_fields_and_a_frozen_object(sandbox, new_intent, stripe_api):
    intent = new_intent()
    stripe_api.payment_intents.update(intent.id, {"amount": 5000})
    sandbox.pay(intent.id)

    created = sandbox.events()[0]

    assert set(created) == set(
        "id object api_version created data livemode pending_webhooks request type".split()
    )
    assert created["id"].startswith("evt_")
    assert created["api_version"] == API_VERSION
    assert created["data"]["object"]["amount"] == 1999
    assert created["data"]["object"]["status"] == "requires_payment_method"


def test_what_stripe_does_by_itself_has_no_request(sandbox, new_intent):
    sandbox.pay(new_intent().id)

    sandbox.advance(3)

    assert sandbox.events()[-1]["request"] == {"id": None, "idempotency_key": None}


def test_no_notes_of_the_sandbox_leak_into_events_or_answers(sandbox, new_intent, http):
    intent = new_intent()
    sandbox.pay(intent.id, "pm_card_authenticationRequired")
    sandbox.authenticate(intent.id, True)

    seen = (
        json.dumps(sandbox.events())
        + http.get(f"/v1/payment_intents/{intent.id}").text
        + http.get("/v1/charges").text
    )

    assert '"_' not in seen


def test_events_are_listed_newest_first_and_by_type(sandbox, new_intent, stripe_api):
    sandbox.pay(new_intent().id)
    new_intent()

    everything = stripe_api.events.list()
    succeeded = stripe_api.events.list({"type": "payment_intent.succeeded"})
    both = stripe_api.events.list({"types": ["payment_intent.succeeded", "charge.succeeded"]})
    wild = stripe_api.events.list({"type": "payment_intent.*"})

    assert [event.id for event in everything.data] == [event["id"] for event in reversed(sandbox.events())]
    assert [event.type for event in succeeded.data] == ["payment_intent.succeeded"]
    assert {event.type for event in both.data} == {"payment_intent.succeeded", "charge.succeeded"}
    assert len(wild.data) == 3


def test_at_most_twenty_types(stripe_api):
    with pytest.raises(stripe.InvalidRequestError):
        stripe_api.events.list({"types": [f"type.{number}" for number in range(21)]})


def test_events_since_a_moment(sandbox, new_intent, stripe_api):
    new_intent()
    sandbox.advance(100)
    later = new_intent()
    moment = sandbox.events()[-1]["created"]

    since = stripe_api.events.list({"created": {"gte": moment}}).data
    before = stripe_api.events.list({"created": {"lt": moment}}).data

    assert [event.data.object.id for event in since] == [later.id]
    assert len(before) == 1


def test_pages_go_on_from_an_event_of_another_type(sandbox, new_intent, stripe_api):
    sandbox.pay(new_intent().id)
    seen = sandbox.events()[-1]  # a charge.succeeded
    sandbox.pay(new_intent().id)
    wanted = {"type": "payment_intent.succeeded", "limit": 1}

    newer = stripe_api.events.list({**wanted, "ending_before": seen["id"]})
    older = stripe_api.events.list({**wanted, "starting_after": seen["id"]})

    assert [event.data.object.id for event in newer.data] == [sandbox.intents()[1]["id"]]
    assert [event.data.object.id for event in older.data] == [sandbox.intents()[0]["id"]]
    assert (newer.has_more, older.has_more) == (False, False)


def test_events_are_kept_thirty_days(sandbox, new_intent, stripe_api):
    new_intent()

    sandbox.advance(30 * 86400 + 5)

    assert stripe_api.events.list().data == []


def test_one_event_can_be_read(sandbox, new_intent, stripe_api):
    new_intent()

    event = stripe_api.events.retrieve(sandbox.events()[0]["id"])

    assert event.type == "payment_intent.created"


def test_a_signed_event_passes_the_sdks_check(sandbox, new_intent):
    new_intent()

    body, headers = sandbox.signed(sandbox.events()[0])

    event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], sandbox.webhook_secret)
    assert event.type == "payment_intent.created"
    assert headers["User-Agent"].startswith("Stripe/1.0")
    assert ",v0=" in headers["Stripe-Signature"]


@pytest.mark.parametrize("how", [{"secret": "whsec_other"}, {"at": 1_700_000_000}])
def test_a_forged_or_old_signature_does_not_pass(sandbox, new_intent, how):
    new_intent()

    body, headers = sandbox.signed(sandbox.events()[0], **how)

    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(body, headers["Stripe-Signature"], sandbox.webhook_secret, 300)


def test_events_after_one_are_those_that_came_later(sandbox, new_intent):
    new_intent()
    seen = sandbox.events()[-1]["id"]
    new_intent()

    assert len(sandbox.events(after=seen)) == 1


def test_reset_forgets_everything_and_repeats_the_ids(sandbox, new_intent):
    first = new_intent().id

    sandbox.reset()

    assert (sandbox.events(), sandbox.intents(), sandbox.calls) == ([], [], [])
    assert new_intent().id == first


def test_reset_forgets_the_time_that_was_skipped(sandbox, new_intent):
    today = new_intent().created
    sandbox.advance(30 * 86_400)

    sandbox.reset()

    assert abs(new_intent().created - today) < 60
