"""What the log tells, and the canary: what it must never tell, and no table either."""

import logging

import pytest
import requests
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from bookstore.accounts.factories import UserFactory
from bookstore.testing.worker import run_due_tasks
from orders.factories import ADDRESS, place_order
from payments import gateway, intents, refunds
from payments.models import MirroredPaymentIntent, Payment, Refund, StripeEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

OURS = ("payments", "orders", "cart", "bookstore", "stripe", "djstripe", "urllib3", "django.request")
EMAIL = "canary@songbirds.example"
CARD, DECLINED, ASKING = "4242424242424242", "4000000000000002", "4000002760003184"


@pytest.fixture
def everything(caplog):
    """All that our loggers and Stripe's would say, at DEBUG."""
    for name in OURS:
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def pay(sandbox, intent, number):
    """What the browser does, with the shopper's name and address."""
    card = {"number": number, "exp_month": "12", "exp_year": "2030", "cvc": "123"}
    who = {"name": ADDRESS.full_name, "email": EMAIL, "address][line1": ADDRESS.address_line1}
    form = {
        "client_secret": intent.client_secret,
        "payment_method_data[type]": "card",
        **{f"payment_method_data[card][{name}]": value for name, value in card.items()},
        **{f"payment_method_data[billing_details][{name}]": value for name, value in who.items()},
    }
    answer = requests.post(
        f"{sandbox.url}/v1/payment_intents/{intent.id}/confirm",
        form,
        headers={"Authorization": f"Bearer {sandbox.publishable_key}"},
        timeout=30,
    )
    return answer.json()


@pytest.fixture
def purchase(stripe, settings, monkeypatch):
    """A whole purchase on which everything goes wrong that can, as a function that answers what must stay secret."""
    return lambda: _purchase(stripe, settings, monkeypatch)


def _purchase(stripe, settings, monkeypatch):
    sandbox, user = stripe.sandbox, UserFactory(email=EMAIL)
    client = Client()
    client.force_login(user)
    order = place_order(user=user, email=EMAIL)
    pay_page = reverse("orders:pay", args=[order.number])
    sandbox.faults.api("error_500", "/v1/payment_intents", method="POST", count=2)
    assert client.post(pay_page).status_code == 503
    settings.STRIPE_SECRET_KEY = "sk_test_wrong00000000000000000000"
    assert client.post(pay_page).status_code == 503
    settings.STRIPE_SECRET_KEY = sandbox.secret_key
    client.post(pay_page)
    intent = intents.ensure(order.payment)
    assert intent.client_secret in client.get(pay_page).content.decode()
    assert "error" in pay(sandbox, intent, DECLINED)
    stripe.deliver()
    assert "error" not in pay(sandbox, intent, ASKING)
    sandbox.authenticate(intent.id, approve=False)
    stripe.deliver()
    assert pay(sandbox, intent, CARD)["status"] == "succeeded"
    status_page = reverse("orders:status", args=[order.number])
    client.get(
        status_page, {"payment_intent": intent.id, "payment_intent_client_secret": intent.client_secret}
    )
    with monkeypatch.context() as broken:
        broken.setattr("payments.inbox.settle", lambda *args, **kwargs: 1 / 0)
        stripe.deliver()
    stripe.deliver(stripe.events())
    stripe.post(b"{}", {"Stripe-Signature": "t=1,v1=forged"})
    refunds.request(Payment.objects.get(), order.total, reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
    sandbox.faults.refund_fails()
    run_due_tasks()
    sandbox.advance(20)
    stripe.deliver()
    sandbox.dispute(sandbox.charges()[-1]["id"])
    stripe.deliver()
    run_due_tasks()
    with pytest.raises(gateway.StripeRefused):
        gateway.retrieve_intent("pi_missing")
    return [
        "sk_test_wrong00000000000000000000",
        sandbox.secret_key,
        sandbox.webhook_secret,
        intent.client_secret,
        intent.client_secret.partition("_secret_")[2],
        *(EMAIL, ADDRESS.full_name, ADDRESS.address_line1, ADDRESS.postal_code),
        *(CARD, DECLINED, ASKING),
    ]


def test_the_story_of_a_payment_can_be_read_in_the_log(purchase, everything):
    purchase()

    told = [(record.levelname, record.getMessage()) for record in everything.records]

    for level, words in [
        ("INFO", "opened for payment"),
        ("INFO", "failed: generic_decline"),
        ("INFO", "failed: payment_intent_authentication_failure"),
        ("INFO", "received: payment_intent.succeeded"),
        ("INFO", "received: charge.updated"),
        ("INFO", "succeeded"),
        ("INFO", "emptied of what was bought"),
        ("INFO", "requested for order"),
        ("WARNING", "Webhook refused"),
        ("ERROR", "could not be applied, it will be retried"),
        ("ERROR", "does not accept the secret key"),
        ("ERROR", "needs attention"),
        ("ERROR", ": needs response"),
    ]:
        assert [message for at, message in told if at == level and words in message], words


def test_what_went_wrong_comes_with_its_stack(purchase, everything):
    purchase()

    trouble = [record for record in everything.records if "could not be applied" in record.getMessage()]

    assert trouble
    assert all(record.exc_info for record in trouble)


def test_the_log_tells_no_secret_and_nobodys_address(purchase, everything):
    canaries = purchase()

    assert "Request to Stripe api" in everything.text  # the SDK was heard
    for canary in canaries:
        assert canary not in everything.text


def test_no_table_keeps_a_secret_or_what_stripe_knows_of_the_shopper(purchase):
    canaries = purchase()

    for model in (StripeEvent, MirroredPaymentIntent, DBTaskResult, Payment, Refund):
        assert model.objects.exists()
        for canary in canaries:
            assert canary not in str(list(model.objects.values())), model


def test_no_table_of_djstripe_keeps_a_key(purchase):
    purchase()

    tables = apps.get_app_config("djstripe").get_models()
    assert {table.__name__ for table in tables if table.objects.exists()} == {"PaymentIntent"}


def test_whatever_the_level_the_sdk_logs_no_bodies(opened, everything):
    everything.clear()
    intent = intents.ensure(opened)

    assert "response_code=200" in everything.text
    assert intent.client_secret not in everything.text
