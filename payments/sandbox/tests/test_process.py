"""The sandbox as a process of its own: what survives, how it stops, what it says."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import stripe

from payments.sandbox import webhook_endpoints
from payments.sandbox.clock import ManualClock
from payments.sandbox.dispatcher import send_due
from payments.sandbox.engine import Engine
from payments.sandbox.testing import SandboxServer

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Process:
    def __init__(self, *arguments: str, **env: str) -> None:
        clean = {
            key: value for key, value in os.environ.items() if not key.startswith(("STRIPE_", "SANDBOX_"))
        }
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "payments.sandbox", *arguments],
            cwd=ROOT,
            env={**clean, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        first_line = self.popen.stdout.readline() if self.popen.stdout else ""
        assert first_line.startswith("sandbox: http://")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.popen.send_signal(how)
        output, errors = self.popen.communicate(timeout=60)
        return self.popen.returncode, output + errors


@pytest.fixture
def start() -> Iterator:
    started: list[Process] = []

    def run(*arguments: str, **env: str) -> Process:
        started.append(Process(*arguments, **env))
        return started[-1]

    yield run
    for process in started:
        if process.popen.poll() is None:
            process.popen.kill()
        process.popen.communicate()


def client(port: int) -> stripe.V1Services:
    return stripe.StripeClient("sk_test_any", base_addresses={"api": f"http://127.0.0.1:{port}"}).v1


def test_it_stops_at_once_even_while_a_fault_holds_a_request(start):
    port = free_port()
    process = start("--port", str(port))
    process.wait_until_ready()
    address = f"http://127.0.0.1:{port}"
    httpx.post(f"{address}/_sandbox/faults", json={"kind": "api", "effect": "hang", "seconds": 300})
    httpx.post(f"{address}/_sandbox/faults", json={"kind": "api", "effect": "slow", "seconds": 300})
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{address}/v1/account", headers={"Authorization": "Bearer sk_test_any"}, timeout=0.2)

    status, said = process.stop()

    assert status == 0
    assert "Traceback" not in said


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_keeps_its_state_and_stops_cleanly(start, tmp_path, how):
    port, database = free_port(), str(tmp_path / "var" / "sandbox.sqlite3")
    process = start("--port", str(port), "--database", database)
    process.wait_until_ready()
    intent = client(port).payment_intents.create(
        {"amount": 1999, "currency": "gbp"}, {"idempotency_key": "k"}
    )
    status, said = process.stop(how)

    again = start("--port", str(port), "--database", database)
    again.wait_until_ready()

    assert status == 0
    assert "Traceback" not in said
    assert client(port).payment_intents.retrieve(intent.id).client_secret == intent.client_secret
    replayed = client(port).payment_intents.create(
        {"amount": 1999, "currency": "gbp"}, {"idempotency_key": "k"}
    )
    assert replayed.id == intent.id


def test_a_port_that_is_taken_is_told_in_one_line(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(SANDBOX_PORT=str(taken.getsockname()[1]))
        _, errors = process.popen.communicate(timeout=60)

    assert process.popen.returncode == 1
    assert len(errors.strip().splitlines()) == 1
    assert "in use" in errors


def test_only_the_configured_keys_are_accepted(start):
    port = free_port()
    process = start(
        "--port", str(port), STRIPE_SECRET_KEY="sk_test_mine", STRIPE_PUBLISHABLE_KEY="pk_test_mine"
    )
    process.wait_until_ready()

    with pytest.raises(stripe.AuthenticationError):
        client(port).payment_intents.list()


def test_the_sandbox_needs_no_django():
    code = (
        "import sys, payments.sandbox.__main__, payments.sandbox.testing; sys.exit('django' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_pending_jobs_and_deliveries_survive_a_restart(tmp_path):
    database = str(tmp_path / "sandbox.sqlite3")
    received: list[bytes] = []
    with SandboxServer(database=database, clock=ManualClock()) as first:
        with first.engine.transaction():
            webhook_endpoints.configure(first.engine, "http://shop.example/", "whsec_x")
        api = stripe.StripeClient(first.secret_key, base_addresses={"api": first.url}).v1
        first.pay(api.payment_intents.create({"amount": 1999, "currency": "gbp"}).id)

    second = Engine(clock=ManualClock(), database=database)
    second.clock.advance(3)
    second.run_due()
    second.clock.advance(1)
    send_due(second, lambda url, body, headers: received.append(body) or 200)

    assert [event["type"] for event in second.store.all("event")][-1] == "charge.updated"
    assert len(received) == 4
    second.close()


def test_what_was_rolled_back_is_not_kept(tmp_path):
    engine = Engine(database=str(tmp_path / "sandbox.sqlite3"))

    def fail_half_way() -> None:
        with engine.transaction():
            engine.store.put({"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "customer": None})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    assert engine.store.find("charge", "payment_intent", "pi_1") == []
    engine.close()
    reopened = Engine(database=str(tmp_path / "sandbox.sqlite3"))
    assert reopened.store.all("charge") == []
    reopened.close()
