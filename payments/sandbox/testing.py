"""A sandbox inside a test run: a real server on a free port, and shortcuts to what a test wants to do or see.

with SandboxServer() as sandbox:
    client = stripe.StripeClient(sandbox.secret_key, base_addresses={"api": sandbox.url})
    intent = client.v1.payment_intents.create({"amount": 1999, "currency": "gbp"})
    sandbox.pay(intent.id)
    body, headers = sandbox.signed(sandbox.events()[-1])
"""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import uvicorn

from . import authentication, delayed, deliveries, disputes, intents, refunds, webhook_endpoints
from .api import Api, ApiRequest, Keys
from .app import Sandbox
from .clock import Clock
from .dispatcher import Dispatcher
from .engine import Engine
from .faults import Faults
from .protocol import CuttableProtocol
from .store import Obj
from .views import public

SECRET_KEY = "sk_test_sandbox00000000000000000000"
PUBLISHABLE_KEY = "pk_test_sandbox00000000000000000000"
WEBHOOK_SECRET = "whsec_sandbox0000000000000000000000"


class SandboxServer:
    """With a webhook address, time passes and events are delivered. Without one nothing happens by itself:

    events pile up for `events()` and `signed()`, and what is due later (`charge.updated`, a pending refund) happens
    at `advance(seconds)`.
    """

    secret_key = SECRET_KEY
    publishable_key = PUBLISHABLE_KEY
    webhook_secret = WEBHOOK_SECRET

    def __init__(
        self,
        webhook_url: str | None = None,
        seed: int | None = 0,
        *,
        database: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.engine = Engine(clock=clock, seed=seed, database=database)
        self._api = Api(self.engine, Keys(self.secret_key, self.publishable_key))
        self._sandbox = Sandbox(self.engine, self._api)
        self._webhook_url = webhook_url
        self._dispatcher: Dispatcher | None = None

    def __enter__(self) -> SandboxServer:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.js_url = f"{self.url}/stripe.js"
        self.engine.base_url = self.url
        config = uvicorn.Config(
            self._sandbox.app,
            http=CuttableProtocol,
            proxy_headers=False,
            lifespan="off",
            log_config=None,
            log_level="error",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="sandbox-server", daemon=True
        )
        self._thread.start()
        self._wait_until_it_answers()
        self.set_webhook_url(self._webhook_url)
        return self

    def _wait_until_it_answers(self) -> None:
        deadline = time.perf_counter() + 10
        while not self._server.started:
            if time.perf_counter() > deadline or not self._thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.005)

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._sandbox.stopping.set()
        if self._dispatcher:
            self._dispatcher.stop()
        self._server.should_exit = True
        self._thread.join(timeout=5)
        self._socket.close()
        self.engine.close()

    def reset(self) -> None:
        """Forget everything, faults and skipped time too; the webhook address stays. Ids begin their sequence again."""
        self.engine.reset()
        self.engine.clock.restart()
        self._configure_endpoint()

    def set_webhook_url(self, url: str | None) -> None:
        """From now on deliver there. None: nowhere, and time stands still again until `advance()`."""
        self._webhook_url = url
        self._configure_endpoint()
        if url and self._dispatcher is None:
            self._dispatcher = Dispatcher(self.engine)
            self._dispatcher.start()
        elif url is None and self._dispatcher:
            self._dispatcher.stop()
            self._dispatcher = None

    def _configure_endpoint(self) -> None:
        with self.engine.transaction():
            if self._webhook_url:
                webhook_endpoints.configure(self.engine, self._webhook_url, self.webhook_secret)
            else:
                webhook_endpoints.disable_configured(self.engine)

    def advance(self, seconds: float) -> None:
        """Moves the sandbox's time and does what became due. Signatures keep the machine's time."""
        self.engine.clock.advance(seconds)
        self.engine.run_due()

    def wait_for_deliveries(self, timeout: float = 10) -> None:
        """Returns when no webhook attempt is waiting or under way. Raises TimeoutError."""
        deadline = time.perf_counter() + timeout
        while self._deliveries_pending():
            if time.perf_counter() > deadline:
                raise TimeoutError("webhooks are still waiting to be delivered")
            time.sleep(0.01)

    def _deliveries_pending(self) -> bool:
        with self.engine.lock:
            return any(delivery["state"] == "pending" for delivery in self.engine.store.all("_delivery"))

    # What there is

    @property
    def faults(self) -> Faults:
        return self.engine.faults

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The API requests that came in, oldest first: method, path, idempotency_key, status, fault."""
        return list(self._sandbox.calls)

    def events(self, after: str | None = None) -> list[Obj]:
        """Oldest first; only those after the event with the id `after`."""
        events = self._all("event")
        if after is None:
            return events
        ids = [event["id"] for event in events]
        return events[ids.index(after) + 1 :]

    def intents(self) -> list[Obj]:
        return self._all("payment_intent")

    def charges(self) -> list[Obj]:
        return self._all("charge")

    def refunds(self) -> list[Obj]:
        return self._all("refund")

    def disputes(self) -> list[Obj]:
        return self._all("dispute")

    def _all(self, kind: str) -> list[Obj]:
        with self.engine.lock:
            return [public(obj) for obj in self.engine.store.all(kind)]

    def signed(
        self, event: Obj, *, secret: str | None = None, at: float | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of one delivery attempt of this event, signed now (or `at` a given time)."""
        body = deliveries.body_of(event)
        moment = int(self.engine.clock.wall() if at is None else at)
        return body, deliveries.headers_for(body, [secret or self.webhook_secret], moment)

    # What shopper, bank and staff do

    def pay(self, intent_id: str, payment_method: str = "pm_card_visa", **params: str) -> dict[str, Any]:
        """What the browser does: confirm with publishable key and client secret. Returns the intent or `{"error"}`."""
        with self.engine.lock:
            secret = intents.get(self.engine, intent_id)["client_secret"]
        form = {"payment_method": payment_method, "client_secret": secret, "use_stripe_sdk": "true", **params}
        request = ApiRequest(
            "POST",
            f"/v1/payment_intents/{intent_id}/confirm",
            body=urlencode(form).encode(),
            headers={"authorization": f"Bearer {self.publishable_key}"},
        )
        answer: dict[str, Any] = self._api.handle(request).json()
        return answer

    def authenticate(self, intent_id: str, approve: bool) -> Obj:
        """The customer's answer in the 3-D Secure dialog."""
        with self.engine.transaction():
            intent = intents.get(self.engine, intent_id)
            return public(authentication.authenticate(self.engine, intent, None, approve=approve))

    def settle_delayed(self, intent_id: str, succeed: bool) -> Obj:
        """The bank's answer for an intent in `processing`."""
        with self.engine.transaction():
            return public(delayed.settle(self.engine, intent_id, clears=succeed))

    def fail_refund(self, refund_id: str) -> Obj:
        with self.engine.transaction():
            return public(refunds.fail(self.engine, refund_id))

    def dispute(self, charge_id: str, reason: str = "fraudulent") -> Obj:
        with self.engine.transaction():
            return public(disputes.open_dispute(self.engine, charge_id, reason))
