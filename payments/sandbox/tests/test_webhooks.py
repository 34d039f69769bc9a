"""Deliveries: who gets what, signed afresh, tried again; by a clock that the test moves."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from payments.sandbox import webhook_endpoints
from payments.sandbox.clock import ManualClock
from payments.sandbox.deliveries import BACKOFF
from payments.sandbox.dispatcher import send_due
from payments.sandbox.engine import Engine
from payments.sandbox.testing import SandboxServer

SECRET = "whsec_test"


class Receiver:
    """Stands for the shop: notes what comes in, answers what it is told."""

    def __init__(self) -> None:
        self.answers: list[int | Exception] = []
        self.received: list[tuple[str, bytes, dict[str, str]]] = []

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.received.append((url, body, headers))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def engine() -> Engine:
    engine = Engine(clock=ManualClock(), seed=0)
    with engine.transaction():
        webhook_endpoints.configure(engine, "http://shop.example/orders/webhook", SECRET)
    return engine


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def emit(engine: Engine, *types: str) -> list[dict]:
    with engine.transaction():
        for number, type in enumerate(types):
            engine.emit(type, {"id": f"x_{number}", "object": "thing"})
    return engine.store.all("event")[-len(types) :]


def run(engine: Engine, receiver: Receiver, seconds: float = 1) -> None:
    engine.clock.advance(seconds)
    send_due(engine, receiver)


def delivery(engine: Engine) -> dict:
    return engine.store.all("_delivery")[0]


def test_an_event_is_posted_signed_to_the_endpoint(engine, receiver):
    event = emit(engine, "payment_intent.created")[0]

    run(engine, receiver)

    url, body, headers = receiver.received[0]
    assert url == "http://shop.example/orders/webhook"
    assert stripe.WebhookSignature.verify_header(body, headers["Stripe-Signature"], SECRET, None)
    assert event["pending_webhooks"] == 1
    assert delivery(engine)["state"] == "delivered"
    assert engine.store.get("event", event["id"])["pending_webhooks"] == 0


@pytest.mark.parametrize(
    "answer", [300, 301, 302, 308, 400, 404, 500, 503, OSError("refused"), TimeoutError()]
)
def test_everything_but_2xx_is_tried_again(engine, receiver, answer):
    receiver.answers = [answer, 204]
    emit(engine, "payment_intent.created")
    run(engine, receiver)

    run(engine, receiver, BACKOFF[0])

    assert len(receiver.received) == 2
    assert delivery(engine)["state"] == "delivered"


def test_each_attempt_is_signed_afresh_over_the_same_body(engine, receiver):
    receiver.answers = [500]
    emit(engine, "payment_intent.created")
    run(engine, receiver)

    run(engine, receiver, 60)

    (_, first, headers), (_, second, later) = receiver.received
    assert first == second
    assert headers["Stripe-Signature"] != later["Stripe-Signature"]


def test_after_ten_attempts_it_is_given_up(engine, receiver):
    receiver.answers = [500] * 20
    emit(engine, "payment_intent.created")
    run(engine, receiver)

    for wait in BACKOFF:
        run(engine, receiver, wait - 0.5)
        run(engine, receiver, 1)
    run(engine, receiver, 86400)

    assert len(receiver.received) == 10
    assert delivery(engine)["state"] == "failed"


def test_what_happens_together_is_sent_in_order(engine, receiver):
    emit(engine, "a.first", "b.second", "c.third")

    run(engine, receiver)

    assert [
        stripe.Event.construct_from(__import__("json").loads(body), "").type
        for _, body, _ in receiver.received
    ] == [
        "a.first",
        "b.second",
        "c.third",
    ]


def test_an_endpoint_gets_only_what_it_asked_for(engine, receiver):
    with engine.transaction():
        webhook_endpoints.add(engine, "http://other.example/", "whsec_2", ["charge.succeeded"])

    emit(engine, "payment_intent.created", "charge.succeeded")
    run(engine, receiver)

    assert [url for url, _, _ in receiver.received].count("http://other.example/") == 1


def test_a_disabled_endpoint_gets_no_more_attempts(engine, receiver):
    receiver.answers = [500]
    emit(engine, "payment_intent.created")
    run(engine, receiver)
    with engine.transaction():
        webhook_endpoints.disable_configured(engine)

    run(engine, receiver, 10)

    assert len(receiver.received) == 1
    assert delivery(engine)["state"] == "stopped"


def test_while_a_secret_is_rolled_both_signatures_are_sent(engine, receiver):
    endpoint = engine.store.all("webhook_endpoint")[0]
    with engine.transaction():
        webhook_endpoints.roll_secret(engine, endpoint["id"], "whsec_new", keep_old=True)
    emit(engine, "payment_intent.created")

    run(engine, receiver)

    _, body, headers = receiver.received[0]
    for secret in (SECRET, "whsec_new"):
        assert stripe.WebhookSignature.verify_header(body, headers["Stripe-Signature"], secret, None)


def test_a_dropped_attempt_is_made_up_for(engine, receiver):
    engine.faults.webhook("drop", count=1)
    emit(engine, "payment_intent.created")
    run(engine, receiver)
    assert receiver.received == []

    run(engine, receiver, BACKOFF[0])

    assert len(receiver.received) == 1


def test_a_lost_event_never_comes_but_is_listed(engine, receiver):
    engine.faults.webhook("lose", types="payment_intent.*")
    emit(engine, "payment_intent.created", "charge.succeeded")

    run(engine, receiver, 86400)

    assert len(receiver.received) == 1
    assert engine.store.count("event") == 2


def test_a_delayed_event_comes_later(engine, receiver):
    engine.faults.webhook("delay", seconds=60, count=1)
    emit(engine, "payment_intent.created")
    run(engine, receiver, 59)
    assert receiver.received == []

    run(engine, receiver, 2)

    assert len(receiver.received) == 1


def test_a_duplicated_event_comes_again_with_the_same_id(engine, receiver):
    engine.faults.webhook("duplicate", copies=3, count=1)
    emit(engine, "payment_intent.created")

    run(engine, receiver)

    assert len(receiver.received) == 4
    assert len({body for _, body, _ in receiver.received}) == 1


def test_a_twin_is_a_second_event_of_the_same_fact(engine, receiver):
    engine.faults.webhook("twin", count=1)
    emit(engine, "payment_intent.created")

    run(engine, receiver)

    first, second = engine.store.all("event")
    assert first["id"] != second["id"]
    assert first["data"] == second["data"]
    assert len(receiver.received) == 2


def test_shuffling_is_repeatable_with_the_seed():
    orders = []
    for _ in range(2):
        engine = Engine(clock=ManualClock(), seed=3)
        engine.faults.webhook("reorder")
        orders.append([event["type"] for event in emit(engine, "a.1", "b.2", "c.3", "d.4", "e.5")])

    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0])


def test_probability_is_repeatable_with_the_seed():
    runs = []
    for _ in range(2):
        engine = Engine(seed=5)
        engine.faults.webhook("lose", probability=0.5)
        runs.append([engine.faults.for_event(["lose"], "x.y") is not None for _ in range(50)])

    assert runs[0] == runs[1]
    assert 10 < sum(runs[0]) < 40


def test_the_address_of_an_endpoint_must_be_one(stripe_api):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe_api.webhook_endpoints.create({"url": "shop", "enabled_events": ["*"]})

    assert refused.value.code == "url_invalid"


def test_the_secret_of_an_endpoint_is_shown_once(stripe_api):
    made = stripe_api.webhook_endpoints.create({"url": "https://shop.example/", "enabled_events": ["*"]})

    read = stripe_api.webhook_endpoints.retrieve(made.id)
    disabled = stripe_api.webhook_endpoints.update(made.id, {"disabled": True})

    assert made.secret.startswith("whsec_")
    assert "secret" not in read.to_dict()
    assert disabled.status == "disabled"
    assert stripe_api.webhook_endpoints.delete(made.id).deleted is True


@pytest.fixture
def shop():
    """A real listener; `arrived` is set at the first webhook, which it answers only when `go` is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.bodies.append((body, self.headers["Stripe-Signature"]))
            server.arrived.set()
            server.go.wait(30)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.bodies, server.arrived, server.go = [], threading.Event(), threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.go.set()
    server.shutdown()
    server.server_close()


def test_a_slow_shop_does_not_hold_up_the_api(shop):
    with SandboxServer(webhook_url=f"http://127.0.0.1:{shop.server_port}/hook") as sandbox:
        client = stripe.StripeClient(sandbox.secret_key, base_addresses={"api": sandbox.url})
        client.v1.payment_intents.create({"amount": 1999, "currency": "gbp"})
        assert shop.arrived.wait(30)

        client.v1.payment_intents.create({"amount": 1999, "currency": "gbp"})

        body, signature = shop.bodies[0]
        assert stripe.WebhookSignature.verify_header(body, signature, sandbox.webhook_secret, 300)
        shop.go.set()
