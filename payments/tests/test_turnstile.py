"""Whoever sends the webhook what Stripe did not sign is turned away after a while. Stripe never is."""

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client, RequestFactory

from orders.factories import place_order
from payments import intents, turnstile

HERE, THERE = "203.0.113.7", "203.0.113.8"
FORGED = {"Stripe-Signature": "t=1,v1=0"}


@pytest.fixture(autouse=True)
def three_a_minute(settings):
    cache.clear()
    settings.WEBHOOK_REFUSALS_PER_MINUTE = 3


def post(body=b"{}", headers=FORGED, address=HERE):
    return Client(REMOTE_ADDR=address).post(
        "/orders/webhook", body, content_type="application/json", headers=headers
    )


def test_forgeries_are_turned_away_after_a_while():
    answers = [post() for _ in range(4)]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert answers[3].json()["code"] == "throttled"
    assert answers[3]["Retry-After"] == "60"


def test_bodies_that_are_too_large_count_like_forgeries():
    answers = [post(b"x" * 300_000) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [413, 413, 413, 429]


def test_other_addresses_are_counted_apart():
    here = [post() for _ in range(4)]

    assert here[3].status_code == 429
    assert post(address=THERE).status_code == 400


def test_after_a_minute_it_is_open_again():
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as clock:
        shut = [post() for _ in range(4)][3]
        clock.shift(61)

        assert shut.status_code == 429
        assert post().status_code == 400


@pytest.mark.django_db
def test_what_stripe_signed_is_let_through_however_much_was_refused_before(stripe):
    order = place_order()
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    forgeries = [post() for _ in range(5)]

    answers = [post(*stripe.sandbox.signed(event)) for event in stripe.events()]

    order.refresh_from_db()
    assert forgeries[-1].status_code == 429
    assert {answer.status_code for answer in answers} == {200}
    assert order.is_paid


@pytest.mark.django_db
def test_what_stripe_signed_does_not_count(stripe):
    intents.ensure(place_order().payment)
    body, headers = stripe.sandbox.signed(stripe.events()[0])

    assert [post(body, headers).status_code for _ in range(5)] == [200] * 5
    assert post().status_code == 400


def test_a_forged_forwarding_header_opens_nothing():
    answers = [post(headers=FORGED | {"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)]

    assert answers[3].status_code == 429


def test_behind_a_proxy_of_ours_its_clients_are_counted(settings):
    settings.TRUSTED_PROXIES = 1
    here = [post(headers=FORGED | {"X-Forwarded-For": f"198.51.100.{n}, {HERE}"}) for n in range(4)]

    assert here[3].status_code == 429
    assert post(headers=FORGED | {"X-Forwarded-For": f"198.51.100.1, {THERE}"}).status_code == 400


# Whose address counts


def address(forwarded=None, **environment):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return turnstile.address_of(RequestFactory().post("/", headers=headers, **environment))


@pytest.mark.parametrize("between", [", ", ",", " , "])
def test_behind_two_proxies_the_outer_one_says_who_came(settings, between):
    settings.TRUSTED_PROXIES = 2
    invented, inner = "198.51.100.1", "192.0.2.1"

    assert address(between.join([invented, HERE, inner])) == HERE
    assert address(between.join([HERE, inner])) == HERE


@pytest.mark.parametrize("forwarded", [None, "", " ", "198.51.100.1", " , 192.0.2.1"])
def test_where_the_proxies_say_too_little_the_connection_counts(settings, forwarded):
    settings.TRUSTED_PROXIES = 2

    assert address(forwarded, REMOTE_ADDR=THERE) == THERE


def test_without_a_word_from_the_one_proxy_the_connection_counts(settings):
    settings.TRUSTED_PROXIES = 1

    assert address(REMOTE_ADDR=THERE) == THERE


def test_a_connection_without_an_address_is_counted_under_none():
    """As over a socket file."""
    request = RequestFactory().post("/")
    del request.META["REMOTE_ADDR"]

    assert turnstile.address_of(request) == ""


def test_a_minute_that_ends_while_we_count_turns_nobody_away(monkeypatch):
    def forgotten(key):
        raise ValueError(f"Key {key!r} not found")

    monkeypatch.setattr(cache, "incr", forgotten)

    assert post().status_code == 400
