"""The state machine of a PaymentIntent, through the real SDK."""

from __future__ import annotations

import pytest
import stripe

KEYS = set(
    """
    id object allowed_payment_method_types amount amount_capturable amount_received application application_fee_amount
    automatic_payment_methods canceled_at cancellation_reason capture_method client_secret confirmation_method created
    currency customer customer_account description excluded_payment_method_types last_payment_error latest_charge
    livemode managed_payments metadata next_action on_behalf_of payment_method payment_method_configuration_details
    payment_method_options payment_method_types processing receipt_email review setup_future_usage shipping source
    statement_descriptor statement_descriptor_suffix status transfer_group amount_details transfer_data
    """.split()
)


def types(sandbox) -> list[str]:
    return [event["type"] for event in sandbox.events()]


def test_a_new_intent_carries_every_key_and_waits_for_a_method(sandbox, new_intent):
    intent = new_intent(metadata={"order_id": "7"})

    assert set(intent.to_dict()) == KEYS
    assert intent.status == "requires_payment_method"
    assert intent.id.startswith("pi_")
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert intent.livemode is False
    assert intent.metadata["order_id"] == "7"
    assert types(sandbox) == ["payment_intent.created"]


def test_automatic_methods_are_echoed_and_are_the_default(stripe_api):
    given = stripe_api.payment_intents.create(
        {"amount": 500, "currency": "GBP", "automatic_payment_methods": {"enabled": True}}
    )
    silent = stripe_api.payment_intents.create({"amount": 500, "currency": "gbp"})

    for intent in (given, silent):
        assert intent.automatic_payment_methods.to_dict() == {"allow_redirects": "always", "enabled": True}
        assert intent.payment_method_types == ["card", "link"]
        assert intent.currency == "gbp"


def test_with_a_method_but_unconfirmed_it_waits_for_confirmation(stripe_api, new_intent):
    intent = new_intent(payment_method="pm_card_visa")

    assert intent.status == "requires_confirmation"
    assert intent.payment_method.startswith("pm_1")
    assert stripe_api.payment_intents.confirm(intent.id).status == "succeeded"


def test_the_browser_pays_and_the_intent_event_comes_first(sandbox, new_intent, stripe_api):
    intent = new_intent()

    sandbox.pay(intent.id)

    paid = stripe_api.payment_intents.retrieve(intent.id)
    assert (paid.status, paid.amount_received, paid.last_payment_error) == ("succeeded", 1999, None)
    assert types(sandbox) == ["payment_intent.created", "payment_intent.succeeded", "charge.succeeded"]


def test_created_and_confirmed_in_one_call_created_comes_last(sandbox, new_intent):
    new_intent(payment_method="pm_card_visa", confirm=True)

    assert types(sandbox) == ["charge.succeeded", "payment_intent.succeeded", "payment_intent.created"]
    assert sandbox.events()[-1]["data"]["object"]["status"] == "requires_payment_method"


def test_the_balance_transaction_comes_two_seconds_later(sandbox, new_intent, stripe_api):
    intent = new_intent(payment_method="pm_card_visa", confirm=True)
    at_once = stripe_api.charges.retrieve(intent.latest_charge)

    sandbox.advance(2)

    later = stripe_api.charges.retrieve(intent.latest_charge, {"expand": ["balance_transaction"]})
    assert at_once.balance_transaction is None
    assert (later.balance_transaction.amount, later.balance_transaction.type) == (1999, "charge")
    assert types(sandbox)[-1] == "charge.updated"
    assert sandbox.events()[-1]["data"]["previous_attributes"]["balance_transaction"] is None


def test_a_decline_leaves_the_intent_ready_for_another_card(sandbox, new_intent, stripe_api):
    intent = new_intent()

    with pytest.raises(stripe.CardError) as refused:
        stripe_api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclined"})
    declined = stripe_api.payment_intents.retrieve(intent.id)
    stripe_api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    error = refused.value.error
    assert error.payment_intent.status == declined.status == "requires_payment_method"
    assert declined.payment_method is None
    assert declined.amount_received == 0
    assert declined.latest_charge == error.charge
    given = {name for name, value in error.to_dict().items() if value is not None}
    kept = given - {"payment_intent", "request_log_url"}
    assert set(declined.last_payment_error.to_dict()) == kept
    paid = stripe_api.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    charges = stripe_api.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]
    assert paid.latest_charge.id == charges[0].id
    assert types(sandbox)[1:3] == ["charge.failed", "payment_intent.payment_failed"]


def test_3d_secure_completed(sandbox, new_intent, stripe_api):
    intent = new_intent()

    asked = sandbox.pay(intent.id, "pm_card_authenticationRequired")
    sandbox.authenticate(intent.id, True)

    assert asked["status"] == "requires_action"
    step = asked["next_action"]["use_stripe_sdk"]
    assert asked["next_action"]["type"] == "use_stripe_sdk"
    assert step["type"] == "three_d_secure_redirect"
    assert step["source"].startswith("src_")
    assert stripe_api.payment_intents.retrieve(intent.id).status == "succeeded"
    assert types(sandbox)[1] == "payment_intent.requires_action"


def test_3d_secure_failed_makes_no_charge(sandbox, new_intent, stripe_api):
    intent = new_intent()
    sandbox.pay(intent.id, "pm_card_authenticationRequired")

    sandbox.authenticate(intent.id, False)

    failed = stripe_api.payment_intents.retrieve(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    assert (failed.payment_method, failed.next_action, failed.latest_charge) == (None, None, None)
    assert sandbox.charges() == []
    assert types(sandbox)[-1] == "payment_intent.payment_failed"


def test_an_old_authentication_page_changes_nothing(sandbox, new_intent, stripe_api):
    intent = new_intent()
    sandbox.pay(intent.id, "pm_card_authenticationRequired")
    stripe_api.payment_intents.cancel(intent.id)

    after = sandbox.authenticate(intent.id, True)

    assert after["status"] == "canceled"
    assert sandbox.charges() == []


def test_a_server_gets_a_redirect_for_3d_secure(new_intent):
    intent = new_intent(
        payment_method="pm_card_authenticationRequired",
        confirm=True,
        return_url="https://shop.example/return",
        automatic_payment_methods={"enabled": True},
    )

    action = intent.next_action
    assert action.type == "redirect_to_url"
    assert action.redirect_to_url.return_url == "https://shop.example/return"


def test_off_session_authentication_is_a_decline(new_intent):
    with pytest.raises(stripe.CardError) as refused:
        new_intent(payment_method="pm_card_authenticationRequired", confirm=True, off_session=True)

    assert refused.value.code == "authentication_required"


def test_a_server_that_allows_redirects_must_say_where_to_come_back(new_intent):
    intent = new_intent(automatic_payment_methods={"enabled": True})

    with pytest.raises(stripe.InvalidRequestError, match="return_url") as refused:
        intent.confirm(payment_method="pm_card_visa")

    assert refused.value.code is None
    assert refused.value.error.payment_intent.id == intent.id


def test_manual_capture_takes_all_or_less_once(sandbox, new_intent, stripe_api):
    intent = new_intent(capture_method="manual", payment_method="pm_card_visa", confirm=True)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 1999)

    captured = stripe_api.payment_intents.capture(intent.id, {"amount_to_capture": 1500})

    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 1500, 0)
    assert types(sandbox)[:2] == ["charge.succeeded", "payment_intent.amount_capturable_updated"]
    assert types(sandbox)[-2:] == ["charge.captured", "payment_intent.succeeded"]
    with pytest.raises(stripe.InvalidRequestError):
        stripe_api.payment_intents.capture(intent.id)


def test_a_method_without_customer_serves_once(new_intent, stripe_api):
    method = new_intent(payment_method="pm_card_visa", confirm=True).payment_method

    with pytest.raises(stripe.InvalidRequestError, match="may not be used again") as refused:
        new_intent(payment_method=method, confirm=True)

    assert refused.value.code is None


def test_a_method_kept_for_a_customer_serves_again(new_intent, stripe_api):
    customer = stripe_api.customers.create({"email": "reader@example.com"})
    first = new_intent(
        customer=customer.id, payment_method="pm_card_visa", confirm=True, setup_future_usage="off_session"
    )

    again = new_intent(
        customer=customer.id, payment_method=first.payment_method, confirm=True, off_session=True
    )

    assert again.status == "succeeded"
    assert [method.id for method in stripe_api.customers.payment_methods.list(customer.id).data] == [
        first.payment_method
    ]


@pytest.mark.parametrize("payment_method", [None, "pm_card_visa", "pm_card_authenticationRequired"])
def test_an_open_intent_can_be_canceled(sandbox, new_intent, stripe_api, payment_method):
    intent = new_intent()
    if payment_method == "pm_card_visa":
        stripe_api.payment_intents.update(intent.id, {"payment_method": payment_method})
    elif payment_method:
        sandbox.pay(intent.id, payment_method)

    canceled = stripe_api.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

    assert canceled.status == "canceled"
    assert canceled.cancellation_reason == "abandoned"
    assert canceled.canceled_at is not None
    assert canceled.next_action is None
    assert types(sandbox)[-1] == "payment_intent.canceled"


def test_canceling_an_authorization_releases_it(sandbox, new_intent, stripe_api):
    intent = new_intent(capture_method="manual", payment_method="pm_card_visa", confirm=True)

    stripe_api.payment_intents.cancel(intent.id)

    assert sandbox.charges()[0]["refunded"] is True


@pytest.mark.parametrize("end", ["succeeded", "canceled"])
def test_what_has_ended_can_be_neither_canceled_nor_confirmed_nor_changed(
    sandbox, new_intent, stripe_api, end
):
    intent = new_intent()
    if end == "succeeded":
        sandbox.pay(intent.id)
    else:
        stripe_api.payment_intents.cancel(intent.id)

    for act in (
        lambda: stripe_api.payment_intents.cancel(intent.id),
        lambda: stripe_api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}),
        lambda: stripe_api.payment_intents.update(intent.id, {"amount": 5}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            act()
        assert refused.value.code == "payment_intent_unexpected_state"
        assert refused.value.error.payment_intent.status == end
    assert stripe_api.payment_intents.update(intent.id, {"description": "late"}).description == "late"


def test_stripes_own_cancellation_reasons_are_refused(new_intent, stripe_api):
    with pytest.raises(stripe.InvalidRequestError, match="must be one of"):
        stripe_api.payment_intents.cancel(new_intent().id, {"cancellation_reason": "expired"})


def test_metadata_merges_and_empty_values_remove(new_intent, stripe_api):
    intent = new_intent(metadata={"a": "1", "b": "2"})
    update = stripe_api.payment_intents.update

    assert update(intent.id, {"metadata": {"b": "3", "c": "4"}}).metadata.to_dict() == {
        "a": "1",
        "b": "3",
        "c": "4",
    }
    assert update(intent.id, {"metadata": {"a": ""}}).metadata.to_dict() == {"b": "3", "c": "4"}
    assert update(intent.id, {"metadata": ""}).metadata.to_dict() == {}


def test_the_amount_may_change_until_it_is_paid(new_intent, stripe_api):
    intent = new_intent()

    assert stripe_api.payment_intents.update(intent.id, {"amount": 2500}).amount == 2500


def test_lists_are_newest_first_and_paged(new_intent, stripe_api):
    intents = [new_intent().id for _ in range(5)]

    page = stripe_api.payment_intents.list({"limit": 2})
    following = stripe_api.payment_intents.list({"limit": 2, "starting_after": page.data[-1].id})
    back = stripe_api.payment_intents.list({"limit": 2, "ending_before": following.data[0].id})

    assert [intent.id for intent in page.data] == [intents[4], intents[3]]
    assert [intent.id for intent in following.data] == [intents[2], intents[1]]
    assert [intent.id for intent in back.data] == [intents[4], intents[3]]
    assert page.has_more is True
    assert len(list(page.auto_paging_iter())) == 5
