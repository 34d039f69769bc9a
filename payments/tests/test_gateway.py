"""The one seam to Stripe: what is sent, and what becomes of each way in which a call can fail."""

import logging
import socket
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from orders.factories import place_order
from payments import gateway
from payments.gateway import InsideTransaction, KeyRefused, StripeFailed, StripeRefused, StripeUnavailable
from payments.models import Installation, Refund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


def a_refund(payment, amount):
    return Refund.objects.create(
        payment=payment,
        intent_id=payment.stripe_payment_id,
        amount=Decimal(amount),
        currency=payment.currency,
        reason=Refund.Reason.REQUESTED_BY_CUSTOMER,
    )


def test_an_intent_asks_for_the_orders_total_and_names_the_order(payment, sandbox):
    opened = gateway.create_intent(payment)

    (at_stripe,) = sandbox.intents()
    assert (at_stripe["amount"], at_stripe["currency"]) == (1294, "gbp")
    assert at_stripe["automatic_payment_methods"]["enabled"] is True
    assert at_stripe["metadata"] == {
        "order_id": str(payment.order_id),
        "payment_id": str(payment.pk),
        "order_number": payment.order.number,
        "shop": Installation.ours(),
    }
    assert opened.client_secret == at_stripe["client_secret"]


def test_nothing_personal_is_sent_along(payment, sandbox):
    gateway.create_intent(payment)

    (at_stripe,) = sandbox.intents()
    assert payment.order.email not in str(at_stripe)
    assert payment.order.full_name not in str(at_stripe)


def test_the_same_attempt_always_leads_to_the_same_intent(payment, sandbox):
    first, again = gateway.create_intent(payment), gateway.create_intent(payment)
    payment.attempt = 2
    anew = gateway.create_intent(payment)

    assert first.id == again.id != anew.id
    assert [call["idempotency_key"] for call in sandbox.calls] == [f"payment-{payment.pk}-1"] * 2 + [
        f"payment-{payment.pk}-2"
    ]


def test_a_refund_is_made_once_however_often_it_is_asked_for(opened, sandbox):
    sandbox.pay(opened.stripe_payment_id)
    refund = a_refund(opened, amount=5)

    first, again = gateway.create_refund(refund), gateway.create_refund(refund)

    assert first.id == again.id
    assert first.metadata["refund_id"] == str(refund.pk)
    assert [made["amount"] for made in sandbox.refunds()] == [500]
    assert sandbox.calls[-1]["idempotency_key"] == f"refund-{refund.pk}-1"


CALLS = {
    "create": lambda payment: gateway.create_intent(payment),
    "retrieve": lambda payment: gateway.retrieve_intent("pi_1"),
    "charges": lambda payment: list(gateway.list_charges(since=payment.created_at)),
    "refunds": lambda payment: list(gateway.list_refunds(since=payment.created_at)),
    "find": lambda payment: gateway.find_intent(payment),
    "cancel": lambda payment: gateway.cancel_intent("pi_1"),
    "refund": lambda payment: gateway.create_refund(
        Refund(payment=payment, intent_id="pi_1", amount=payment.amount, currency="gbp")
    ),
    "find refund": lambda payment: gateway.find_refund(Refund(intent_id="pi_1")),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("error_500", StripeFailed), ("error_429", StripeUnavailable), ("drop", StripeUnavailable)],
)
def test_whatever_call_fails_it_has_one_of_our_names(payment, sandbox, call, fault, outcome):
    sandbox.faults.api(fault)

    with pytest.raises(StripeUnavailable) as failure:
        CALLS[call](payment)

    assert type(failure.value) is outcome
    assert "try again" in failure.value.message


@pytest.mark.parametrize("call", CALLS)
def test_a_stripe_that_does_not_answer_is_given_up_in_time(payment, settings, call):
    settings.STRIPE_READ_TIMEOUT = 0.1
    with socket.create_server(("127.0.0.1", 0)) as silence:
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{silence.getsockname()[1]}"

        with pytest.raises(StripeUnavailable, match="no answer"):
            CALLS[call](payment)


def test_a_stripe_that_is_not_there_is_given_up(payment, settings, sandbox):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    with pytest.raises(StripeUnavailable, match="no answer"):
        gateway.create_intent(payment)


@pytest.mark.parametrize("fault", ["error_500", "error_429", "drop"])
def test_a_hiccup_is_not_noticed(payment, sandbox, fault):
    sandbox.faults.api(fault, count=1)

    gateway.create_intent(payment)

    assert len(sandbox.intents()) == 1
    assert len({call["idempotency_key"] for call in sandbox.calls}) == 1


def test_a_call_that_was_made_though_its_answer_was_lost_is_made_once(payment, sandbox):
    sandbox.faults.api("drop", count=1, when="after")

    opened = gateway.create_intent(payment)

    assert [intent["id"] for intent in sandbox.intents()] == [opened.id]


def test_a_key_that_stripe_does_not_know_is_ours_to_repair(payment, sandbox, settings, caplog):
    settings.STRIPE_SECRET_KEY = "sk_test_unknown0000000000000000"

    with pytest.raises(KeyRefused):
        gateway.create_intent(payment)

    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info
    assert settings.STRIPE_SECRET_KEY not in caplog.text


def test_a_key_without_the_permission_is_ours_to_repair(payment, sandbox, settings):
    settings.STRIPE_SECRET_KEY = sandbox.publishable_key

    with pytest.raises(KeyRefused):
        gateway.create_intent(payment)


def test_what_stripe_refuses_keeps_its_code(sandbox):
    with pytest.raises(StripeRefused) as refusal:
        gateway.retrieve_intent("pi_missing")

    assert refusal.value.code == "resource_missing"
    assert "get in touch" in refusal.value.message


def test_too_small_an_amount_is_refused_by_stripe(payment, sandbox):
    payment.amount = Decimal("0.05")

    with pytest.raises(StripeRefused) as refusal:
        gateway.create_intent(payment)

    assert refusal.value.code == "amount_too_small"


def test_an_amount_that_nobody_can_charge_is_refused_without_a_call(payment, sandbox):
    payment.amount = Decimal(1_000_000)

    with pytest.raises(StripeRefused):
        gateway.create_intent(payment)

    assert sandbox.calls == []


def test_a_key_that_was_used_for_other_parameters_is_spent(payment, sandbox):
    gateway.create_intent(payment)
    payment.amount += 1

    with pytest.raises(StripeFailed):
        gateway.create_intent(payment)


def test_an_answer_that_is_no_intent_tells_nothing(payment, sandbox, monkeypatch):
    monkeypatch.setattr("stripe.PaymentIntent.to_dict", lambda self: {"object": "payment_intent", "id": 7})

    with pytest.raises(StripeUnavailable):
        gateway.create_intent(payment)


def test_a_refund_of_more_than_was_paid_is_refused(opened, sandbox):
    sandbox.pay(opened.stripe_payment_id)

    with pytest.raises(StripeRefused):
        gateway.create_refund(a_refund(opened, amount=opened.amount + 1))


def test_an_intent_is_found_by_our_name_for_it(payment, sandbox):
    for other in (place_order().payment, place_order().payment):
        gateway.create_intent(other)
    assert gateway.find_intent(payment) is None

    opened = gateway.create_intent(payment)

    assert gateway.find_intent(payment) == opened


def test_a_refund_is_found_by_our_name_for_it(opened, sandbox):
    sandbox.pay(opened.stripe_payment_id)
    gateway.create_refund(a_refund(opened, amount=1))
    refund = a_refund(opened, amount=2)
    assert gateway.find_refund(refund) is None

    made = gateway.create_refund(refund)

    assert gateway.find_refund(refund) == made


def test_cancel_tells_how_the_intent_stands(opened, sandbox):
    assert gateway.cancel_intent(opened.stripe_payment_id).status == "canceled"
    assert gateway.cancel_intent(opened.stripe_payment_id).status == "canceled"  # Stripe answers 400 now


def test_cancel_after_the_payment_tells_that_it_succeeded(opened, sandbox):
    sandbox.pay(opened.stripe_payment_id)

    assert gateway.cancel_intent(opened.stripe_payment_id).status == "succeeded"


@pytest.mark.parametrize("call", CALLS)
def test_no_call_is_made_inside_a_transaction(payment, sandbox, call):
    with transaction.atomic(), pytest.raises(InsideTransaction):
        CALLS[call](payment)

    assert sandbox.calls == []


def test_one_client_serves_the_whole_process(sandbox, settings):
    client = gateway._client()

    assert gateway._client() is client
    settings.STRIPE_SECRET_KEY = "sk_test_rolled00000000000000000"
    assert gateway._client() is not client


def test_the_charges_of_a_time_are_listed_page_by_page(opened, sandbox, monkeypatch):
    monkeypatch.setattr(gateway, "PAGE", 1)
    sandbox.pay(opened.stripe_payment_id, "pm_card_chargeDeclined")
    sandbox.pay(opened.stripe_payment_id)

    paid, declined = gateway.list_charges(since=timezone.now() - timedelta(minutes=1))

    assert (paid.status, declined.status) == ("succeeded", "failed")
    assert (paid.payment_intent, paid.amount, paid.currency) == (opened.stripe_payment_id, 1294, "gbp")
    assert paid.metadata["payment_id"] == str(opened.pk)
    assert list(gateway.list_charges(since=timezone.now() + timedelta(minutes=1))) == []


def test_the_refunds_of_a_time_are_listed(opened, sandbox):
    sandbox.pay(opened.stripe_payment_id)
    made = gateway.create_refund(a_refund(opened, amount=2))

    assert list(gateway.list_refunds(since=timezone.now() - timedelta(minutes=1))) == [made]
    assert list(gateway.list_refunds(since=timezone.now() + timedelta(minutes=1))) == []
