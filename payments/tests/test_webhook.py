"""`POST /orders/webhook`: what Stripe may send, and what everybody else may not."""

import json
import logging
import time

import pytest
from django.db import DatabaseError, InterfaceError
from django.test import Client
from django.urls import reverse

from payments import inbox
from payments.models import Payment, StripeEvent
from payments.webhook import LARGEST_BODY

from .news import encoded, event, intent_object, signature

pytestmark = pytest.mark.django_db

ADDRESS = "/orders/webhook"
SECRET = "whsec_for_these_tests"
CHARGE = event("charge.succeeded", {"object": "charge"})


@pytest.fixture(autouse=True)
def one_secret(settings):
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]


def post(body, *, header=None, client=None, **extra):
    header = signature(body, SECRET) if header is None else header
    return (client or Client()).post(
        ADDRESS, body, content_type="application/json", headers={"Stripe-Signature": header}, **extra
    )


def test_an_event_is_received(known):
    response = post(encoded(event("payment_intent.succeeded", intent_object(known))))

    assert (response.status_code, response.json()) == (200, {"received": True})
    known.refresh_from_db()
    assert known.status == Payment.Status.COMPLETED


def test_the_address_is_exactly_this_one():
    assert reverse("orders:webhook") == ADDRESS


def test_a_trailing_slash_is_forgiven_and_no_redirect():
    """Stripe counts a redirect as a failure."""
    body = encoded(CHARGE)
    header = signature(body, SECRET)

    response = Client().post(
        ADDRESS + "/", body, content_type="application/json", headers={"Stripe-Signature": header}
    )

    assert (response.status_code, response.json()) == (200, {"received": True})


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_post_is_allowed(method):
    response = getattr(Client(), method)(ADDRESS)

    assert response.status_code == 405
    assert response["Allow"] == "POST"


def test_no_csrf_token_is_needed():
    assert post(encoded(CHARGE), client=Client(enforce_csrf_checks=True)).status_code == 200


def test_duplicates_are_fine(known, announced):
    body = encoded(event("payment_intent.succeeded", intent_object(known)))

    assert [post(body).status_code for _ in range(3)] == [200] * 3
    assert announced == ["succeeded"]


def test_an_event_that_cannot_be_applied_yet_is_ours_to_finish(known, monkeypatch):
    monkeypatch.setattr("orders.receivers.accept", lambda order: 1 / 0)

    response = post(encoded(event("payment_intent.succeeded", intent_object(known))))

    assert response.status_code == 200
    assert StripeEvent.objects.unprocessed().count() == 1


@pytest.mark.parametrize("error", [DatabaseError("disk full"), InterfaceError("connection already closed")])
def test_an_event_that_cannot_be_stored_is_asked_for_again(monkeypatch, caplog, error):
    def fail(envelope):
        raise error

    monkeypatch.setattr(inbox, "_stored", fail)
    response = post(encoded(CHARGE))

    assert (response.status_code, response.json()["code"]) == (503, "not_stored")
    assert [record for record in caplog.records if record.levelno == logging.ERROR and record.exc_info]


def test_an_event_in_another_tongue_is_received():
    body = json.dumps(
        event("charge.succeeded", {"object": "charge", "title": "Преступление 📚"}), ensure_ascii=False
    )

    assert post(body.encode()).status_code == 200
    assert "📚" in str(StripeEvent.objects.get().payload)


# Refused


@pytest.fixture
def refused(announced):
    """Post something that must leave no trace; answers the code."""

    def post_it(body, **how):
        response = post(body, **how)
        assert response.status_code == 400
        assert not StripeEvent.objects.exists()
        assert announced == []
        return response.json()["code"]

    return post_it


def test_a_forged_event_is_refused(known, refused):
    body = encoded(event("payment_intent.succeeded", intent_object(known)))

    assert refused(body, header=signature(body, "whsec_guessed")) == "invalid_signature"
    assert refused(body, header="") == "invalid_signature"
    assert refused(body, header="t=1,v1=0000") == "invalid_signature"
    assert refused(body, header=signature(body, SECRET) + "ä") == "invalid_signature"


def test_debug_opens_no_back_door(known, refused, settings):
    """dj-stripe would take the secret from a header then."""
    settings.DEBUG = True
    body = encoded(event("payment_intent.succeeded", intent_object(known)))

    header = signature(body, "whsec_mine")
    assert refused(body, header=header, HTTP_X_DJSTRIPE_WEBHOOK_SECRET="whsec_mine") == "invalid_signature"


def test_a_replayed_event_is_refused(known, refused):
    body = encoded(event("payment_intent.succeeded", intent_object(known)))

    assert refused(body, header=signature(body, SECRET, when=time.time() - 400)) == "invalid_signature"
    assert refused(body, header=signature(body, SECRET, when=time.time() + 400)) == "invalid_signature"


def test_a_body_that_is_no_utf_8_is_refused(refused):
    assert refused(encoded(CHARGE).replace(b"charge", b"\xff\xfe")) == "invalid_signature"
    assert refused(json.dumps(CHARGE).encode("utf-16")) == "invalid_signature"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"received",
        b"{",
        b"[]",
        b"null",
        b'"event"',
        b"7",
        b"\x00",
        b"\xef\xbb\xbf{}",
        b'{"object": "event"}',
        encoded(CHARGE)[:-5],
        encoded(CHARGE) + b"x",
        encoded({**CHARGE, "created": 10**300}),
        encoded({**CHARGE, "id": "evt_\0"}),
        encoded(CHARGE).replace(b'"charge"}', b'"charge", "fee": NaN}'),
        encoded(CHARGE).replace(b'"charge"}', b'"charge", "fee": -Infinity}'),
        encoded(CHARGE).replace(b'"charge"}', b'"charge", "fee": 1e999}'),
        encoded(CHARGE).replace(b'"charge"}', b'"charge", "fee": ' + b"9" * 5000 + b"}"),
        b'{"a":' * 40_000,
        b"[" * 100_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(refused, body):
    assert refused(body) == "malformed_event"


@pytest.mark.parametrize("depth", [50, 150, 250, 350, 400, 425, 450, 475, 500, 700, 900, 1000, 5000])
def test_however_deep_an_event_nests_it_is_kept_or_refused(depth):
    """Python, the JSON library and the database give up at different depths."""
    deep = encoded(CHARGE).replace(b'"charge"}', b'"charge", "deep": ' + b"[" * depth + b"]" * depth + b"}")

    response = post(deep)

    assert response.status_code in (200, 400)
    assert StripeEvent.objects.filter(processed_at__isnull=False).count() == (response.status_code == 200)


def test_what_no_database_can_store_is_left_out_of_an_event():
    body = encoded(
        event("charge.succeeded", {"object": "charge", "a\0b": "c\0d", "e": "\ud800", "big": 10**300})
    )

    assert post(body).status_code == 200
    assert StripeEvent.objects.get().payload["data"]["object"]["ab"] == "cd"


def test_a_body_that_is_too_large_is_not_even_read(announced):
    response = post(b" " * (LARGEST_BODY + 1))

    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert post(b" " * LARGEST_BODY).status_code == 400


@pytest.mark.parametrize(("length", "status"), [("many", 413), ("-5", 400), ("", 400), ("0", 400)])
def test_a_length_that_is_none_is_refused(length, status):
    """Such as a chunked body, which has none: the server hands us nothing then."""
    assert post(encoded(CHARGE), CONTENT_LENGTH=length).status_code == status
    assert not StripeEvent.objects.exists()


def test_a_line_that_breaks_off_in_the_middle_of_a_body_is_nobodys_error(refused, monkeypatch, caplog):
    def cut(stream, *args):
        raise ConnectionResetError("the line was cut")

    monkeypatch.setattr("django.test.client.FakePayload.read", cut)

    assert refused(encoded(CHARGE)) == "invalid_signature"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("value", [None, 7, -1, 1.5, True, "x", "x" * 300, [], ["a"], {}, {"a": {"b": []}}])
def test_an_object_of_any_types_never_troubles_stripe(known, value):
    """Each key of an intent is spoilt in turn: the event is kept, as processed or set aside, and not retried."""
    sound = intent_object(
        known, "requires_payment_method", last_payment_error={"code": "x", "charge": "ch_1"}
    )
    for key in sound:
        assert post(encoded(event("payment_intent.payment_failed", {**sound, key: value}))).status_code == 200

    assert not StripeEvent.objects.unprocessed().exists()
