"""One impatient shopper: many clicks, tabs and devices in the same moment, through the pages themselves."""

from collections import Counter

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.threads import Rendezvous
from cart.factories import CartFactory, CartLineFactory
from orders.access import SESSION_ORDERS
from orders.factories import ADDRESS, DeliveryMethodFactory, place_order
from orders.models import Order
from orders.tests.ledger import books_add_up
from payments.models import Payment

from .racing import Crowd, until_lost
from .racing_unguarded import a_key_for_each_call, carts_unlocked

pytestmark = [
    pytest.mark.proof,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

CLICKS, TABS = 20, 8


@pytest.fixture
def crowd():
    with Crowd(CLICKS) as threads:
        yield threads


# Pay, twenty times


def browser_of(order):
    """Many tabs share one session cookie."""
    browser = Client()
    session = browser.session
    session[SESSION_ORDERS] = [str(order.pk)]
    session.save()
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def clicking_pay(order, cookie):
    def click():
        tab = Client(raise_request_exception=False)
        tab.cookies[settings.SESSION_COOKIE_NAME] = cookie
        return tab.post(reverse("orders:pay", args=[order.number])).status_code

    return click


def click_pay(crowd, sandbox):
    """How many intents and how many keys Stripe has seen for one order, and what the pages answered."""
    order, seen, asked = place_order(), len(sandbox.intents()), len(sandbox.calls)
    answers = crowd.at_once([clicking_pay(order, browser_of(order))] * CLICKS)
    opening = [
        c for c in sandbox.calls[asked:] if (c["method"], c["path"]) == ("POST", "/v1/payment_intents")
    ]
    keys = {call["idempotency_key"] for call in opening}
    return len(sandbox.intents()) - seen, len(keys), Counter(answers)


def test_twenty_clicks_on_pay_open_one_payment(crowd, sandbox, scale, figure, monkeypatch, no_pauses):
    rounds = [click_pay(crowd, sandbox) for _ in range(scale(short=2, long=50))]

    assert {(intents, keys) for intents, keys, _ in rounds} == {(1, 1)}
    assert {status for _, _, answers in rounds for status in answers} <= {302, 503}
    assert Payment.objects.filter(stripe_payment_id=None).count() == 0
    busy = sum(answers[503] for _, _, answers in rounds)
    with monkeypatch.context() as patch:
        a_key_for_each_call(patch, "create_intent", meet=Rendezvous(alone_after=3).wait)
        too_many, after = until_lost(lambda: click_pay(crowd, sandbox)[0] - 1)
    figure(
        f"{CLICKS} clicks on Pay at once",
        tried=f"{len(rounds) * CLICKS} requests for {len(rounds)} orders, {busy} asked to try again",
        control=f"{too_many} of {after * CLICKS} opened a PaymentIntent too many",
    )


# Place, from several tabs and devices


def device_of(user, delivery, city):
    """A browser that is signed in and has filled in the details, each with another address."""
    device = Client(raise_request_exception=False)  # it would raise what happened in another thread
    device.force_login(user)
    details = ADDRESS.__dict__ | {"city": city, "email": user.email, "delivery_method": delivery.pk}
    assert device.post(reverse("orders:checkout"), details).status_code == 302
    return device


def place_from_everywhere(crowd, *, same):
    """Eight devices of one user place what is in the one cart: the same order, or each another one."""
    user, delivery = UserFactory(), DeliveryMethodFactory()
    cart = CartFactory(user=user)
    CartLineFactory(cart=cart, book=BookFactory(stock=TABS))
    cities = ["Leeds" if same else f"Leeds {number}" for number in range(TABS)]
    devices = [device_of(user, delivery, city) for city in cities]
    review, total = reverse("orders:review"), {"agreed_total": "12.94"}
    answers = crowd.at_once(
        [lambda device=device: device.post(review, total).status_code for device in devices]
    )
    return cart, Counter(answers)


@pytest.mark.parametrize("same", [True, False], ids=["the same", "each another one"])
def test_a_cart_has_one_live_order(crowd, sandbox, scale, figure, monkeypatch, no_pauses, same):
    rounds = scale(short=2, long=30)
    for _ in range(rounds):
        cart, answers = place_from_everywhere(crowd, same=same)
        assert answers == {302: TABS}
        orders = Order.objects.filter(cart=cart)
        assert orders.filter(status=Order.Status.PENDING).count() == 1
        assert not orders.exclude(status__in=(Order.Status.PENDING, Order.Status.CANCELED)).exists()
        assert not same or orders.count() == 1
    assert books_add_up()

    with monkeypatch.context() as patch:
        carts_unlocked(patch)
        # The unique constraint is the last net: shoppers see an error.
        errors, after = until_lost(lambda: place_from_everywhere(crowd, same=same)[1][500])
    figure(
        f"{TABS} devices place one cart at once, {'the same order' if same else 'each another order'}",
        tried=f"{rounds * TABS} requests for {rounds} carts",
        control=f"{errors} of {after * TABS} requests end in an error",
    )
