"""Step 3 of the checkout: the card form of one order, or why there is none."""

import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from orders.models import Order
from payments import intents
from payments.models import Payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(visitor, stripe):
    return visitor(BookFactory(title="Emma"))


@pytest.fixture
def order(guest):
    return guest.orders()


def given_to_the_script(response):
    found = re.search(r'<script id="payment-settings"[^>]*>(.*?)</script>', response.content.decode())
    return json.loads(found[1])


def secret_of(stripe, order):
    order.payment.refresh_from_db()
    with stripe.sandbox.engine.lock:
        return stripe.sandbox.engine.store.get("payment_intent", order.payment.stripe_payment_id)[
            "client_secret"
        ]


def test_the_page_gives_stripes_form_what_it_needs(guest, order, stripe, settings):
    response = guest.get("pay", order)

    given = given_to_the_script(response)
    assert response.status_code == 200
    assert given["clientSecret"] == secret_of(stripe, order)
    assert given["publishableKey"] == settings.STRIPE_PUBLISHABLE_KEY
    assert given["returnUrl"] == f"http://testserver/checkout/{order.number}/status/"
    assert "Pay £12.94" in response.content.decode()


def test_the_secret_is_in_no_address_no_header_and_no_row(guest, order, stripe, caplog):
    caplog.set_level("DEBUG")
    response = guest.get("pay", order)
    secret = secret_of(stripe, order)

    page = response.content.decode()
    assert page.count(secret) == 1
    assert secret not in str(response.headers)
    assert secret not in str(list(Payment.objects.values()))
    assert secret not in str(dict(guest.client.session))
    assert secret not in caplog.text
    assert stripe.sandbox.secret_key not in page


def test_the_page_is_kept_by_nobody_and_tells_other_sites_nothing(guest, order):
    response = guest.get("pay", order)

    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"


def test_stripes_scripts_are_let_in_here_and_nowhere_else(guest, order, settings):
    pay, status = guest.get("pay", order), guest.get("status", order)

    allowed = pay["Content-Security-Policy"]
    assert re.search(rf"script-src 'self' {settings.SANDBOX_URL}", allowed)
    assert "unsafe-inline" not in allowed
    assert settings.SANDBOX_URL not in status["Content-Security-Policy"]


def test_every_visit_shows_the_same_intent(guest, order, stripe):
    first, second = guest.get("pay", order), guest.get("pay", order)

    assert given_to_the_script(first)["clientSecret"] == given_to_the_script(second)["clientSecret"]
    assert len(stripe.sandbox.intents()) == 1


def test_after_a_decline_the_page_says_why_and_offers_the_form_again(guest, order, stripe):
    stripe.sandbox.pay(order.payment.stripe_payment_id, "pm_card_visa_chargeDeclinedInsufficientFunds")

    page = guest.get("pay", order).content.decode()

    assert "There is not enough money on this card." in page
    assert "You have not been charged" in page
    assert "<title>Not paid yet" in page
    assert 'id="payment-element"' in page


def test_an_unfinished_3d_secure_dialog_can_be_taken_up_again(guest, order, stripe):
    stripe.sandbox.pay(order.payment.stripe_payment_id, "pm_card_authenticationRequired")

    assert guest.get("pay", order).status_code == 200


def test_a_paid_order_is_not_paid_again(guest, order, stripe):
    stripe.sandbox.pay(order.payment.stripe_payment_id)

    response = guest.get("pay", order)

    order.refresh_from_db()
    assert response.url == order.get_absolute_url()
    assert order.status == Order.Status.CONFIRMED


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_order_that_has_ended_is_not_paid(guest, order, stripe, method):
    order.cancel()

    assert getattr(guest, method)("pay", order).url == order.get_absolute_url()
    assert len(stripe.sandbox.intents()) == 1


def test_a_payment_in_the_banks_hands_is_not_made_again(guest, order, stripe):
    stripe.sandbox.faults.delay_next()
    stripe.sandbox.pay(order.payment.stripe_payment_id)

    assert guest.get("pay", order).url == order.get_absolute_url()


def test_when_time_is_up_the_page_says_so(guest, order):
    Order.objects.update(hold_expires_at=timezone.now())

    response = guest.get("pay", order)

    page = response.content.decode()
    assert "could not hold your books any longer" in page
    assert 'id="payment-element"' not in page


@pytest.mark.parametrize("slow_bank", [False, True], ids=["paid at the last moment", "bank at work"])
def test_it_does_not_say_so_of_a_payment_that_was_made_in_time(guest, order, stripe, slow_bank):
    if slow_bank:
        stripe.sandbox.faults.delay_next()
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    Order.objects.update(hold_expires_at=timezone.now())

    assert guest.get("pay", order).url == order.get_absolute_url()


def test_a_payment_that_could_not_be_opened_is_opened_by_a_button(guest, order, stripe):
    Payment.objects.update(stripe_payment_id=None)

    unopened = guest.get("pay", order)
    opened = guest.post("pay", order)

    assert "The payment is not ready yet" in unopened.content.decode()
    assert opened.url == reverse("orders:pay", args=[order.number])
    assert guest.get("pay", order).status_code == 200
    assert len(stripe.sandbox.intents()) == 1, "the same key finds the same intent"


def test_looking_at_the_page_opens_no_payment(guest, order, stripe):
    Payment.objects.update(stripe_payment_id=None)
    calls = len(stripe.sandbox.calls)

    guest.get("pay", order)

    assert len(stripe.sandbox.calls) == calls


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(guest, order, method):
    assert getattr(guest.client, method)(f"/checkout/{order.number}/pay/").status_code == 405


def test_a_button_on_another_site_opens_nothing(guest, order):
    guest.client.handler.enforce_csrf_checks = True

    assert guest.post("pay", order).status_code == 403


def test_few_statements_are_needed(guest, order, django_assert_max_num_queries):
    intents.ensure(order.payment)

    with django_assert_max_num_queries(11):
        guest.get("pay", order)
