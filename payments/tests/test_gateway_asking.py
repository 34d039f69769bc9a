"""How Stripe is asked: how long an answer is waited for, and what stands in the question."""

from datetime import timedelta
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.utils import timezone

from payments import gateway
from payments.models import Refund

pytestmark = pytest.mark.django_db

A_WHILE_AGO = timezone.now() - timedelta(hours=1)


class Call(NamedTuple):
    query: dict[str, list[str]]
    body: dict[str, list[str]]
    timeout: object


@pytest.fixture
def asked(sandbox, monkeypatch):
    """The calls as they leave the SDK."""
    calls = []
    send = requests.Session.request

    def listen(session, method, url, *, data=None, timeout=None, **options):
        calls.append(Call(parse_qs(urlsplit(url).query), parse_qs(data or ""), timeout))
        return send(session, method, url, data=data, timeout=timeout, **options)

    monkeypatch.setattr(requests.Session, "request", listen)
    return calls


def test_no_answer_is_waited_for_longer_than_the_settings_say(asked, settings):
    settings.STRIPE_CONNECT_TIMEOUT, settings.STRIPE_READ_TIMEOUT = 1.5, 7.5

    gateway.greet()

    assert [call.timeout for call in asked] == [(1.5, 7.5)]


LISTS = {
    "intents": lambda: list(gateway.list_intents(since=A_WHILE_AGO)),
    "charges": lambda: list(gateway.list_charges(since=A_WHILE_AGO)),
    "refunds": lambda: list(gateway.list_refunds(since=A_WHILE_AGO)),
    "events": lambda: list(
        gateway.list_events(since=A_WHILE_AGO, until=timezone.now(), types=("refund.created",))
    ),
    "endpoints": lambda: gateway.list_endpoints(),
    "a refund": lambda: gateway.find_refund(Refund(intent_id="pi_1")),
}


@pytest.mark.parametrize("read", LISTS)
def test_lists_are_read_a_hundred_at_a_time(asked, read):
    """As many as Stripe gives at once: a busy day takes ten times as long by tens."""
    LISTS[read]()

    assert [call.query["limit"] for call in asked] == [["100"]]


@pytest.mark.parametrize("read", ["intents", "charges", "refunds", "events"])
def test_lists_are_asked_for_from_a_moment_on(asked, read):
    LISTS[read]()

    assert [call.query["created[gte]"] for call in asked] == [[str(int(A_WHILE_AGO.timestamp()))]]


def test_a_refund_is_looked_for_among_those_of_its_intent(asked):
    gateway.find_refund(Refund(intent_id="pi_1"))

    assert [call.query["payment_intent"] for call in asked] == [["pi_1"]]


def test_whoever_only_greets_asks_for_one_payment(asked):
    gateway.greet()

    assert [call.query for call in asked] == [{"limit": ["1"]}]


def test_a_shopper_may_pay_by_whatever_is_switched_on_at_stripe(asked, payment):
    gateway.create_intent(payment)

    assert [call.body["automatic_payment_methods[enabled]"] for call in asked] == [["true"]]


def test_an_answer_without_headers_tells_no_time(asked, monkeypatch):
    monkeypatch.setattr("stripe.StripeObject.last_response", None)

    assert gateway.greet().server_time is None
