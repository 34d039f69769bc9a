"""The sandbox on a port: Stripe's API, the stand-in for Stripe.js, the control API and the control page."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from . import challenge, control
from .api import NO_OUTAGE, Api, ApiRequest, ApiResponse, Outage
from .engine import Engine
from .faults import Fault
from .protocol import cut

STATIC = Path(__file__).parent / "static"
CALLS_KEPT = 10_000
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
    "Access-Control-Expose-Headers": "Request-Id, Stripe-Should-Retry, Idempotent-Replayed",
    "Access-Control-Max-Age": "600",
}
# The frames hold card fields: they load nothing from elsewhere and talk to nobody else.
FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self';"
    " base-uri 'none'"
)


class Sandbox:
    """The engine with its HTTP face. `calls` notes each API request: method, path, key, status, never contents."""

    def __init__(self, engine: Engine, api: Api) -> None:
        self.engine = engine
        self.api = api
        self.calls: deque[dict[str, Any]] = deque(maxlen=CALLS_KEPT)
        self.stopping = threading.Event()
        engine.on_reset.append(self.calls.clear)
        self.app = Starlette(routes=self._routes())
        self.app.state.sandbox = self

    def _routes(self) -> list[Route | Mount]:
        return [
            Route("/v1/{path:path}", self.answer, methods=["GET", "POST", "DELETE"]),
            Route("/v1/{path:path}", _preflight, methods=["OPTIONS"]),
            Route("/stripe.js", _script),
            Route("/elements/payment", _payment_element),
            *challenge.routes(self.engine),
            *control.routes(self.engine),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]

    async def answer(self, request: Request) -> Response:
        api_request = ApiRequest(
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            body=await request.body(),
            headers={name.lower(): value for name, value in request.headers.items()},
        )
        with self.engine.lock:
            fault = self.engine.faults.for_request(request.method, api_request.path)
        response = await self._act_out(fault, api_request) if fault else await self._handle(api_request)
        self._note(api_request, response, fault)
        if response is None:
            await cut(request.client)
            return Response(status_code=500)
        return Response(response.body, response.status, {**response.headers, **CORS})

    async def _handle(self, request: ApiRequest, outage: Outage = NO_OUTAGE) -> ApiResponse:
        return await run_in_threadpool(self.api.handle, request, outage)

    async def _act_out(self, fault: Fault, request: ApiRequest) -> ApiResponse | None:
        """The answer of a request that a fault has struck; None when the line is cut instead."""
        after = fault.when == "after"
        if fault.effect == "error_429" or (fault.effect == "error_500" and not after):
            return self.api.broken(request, int(fault.effect[-3:]))
        if fault.effect == "error_500":
            return await self._handle(request, Outage(fails_after=True))
        if fault.effect == "slow" and not after:
            return await self._handle(request, Outage(wait=lambda: self._pause(fault.seconds)))
        response = await self._handle(request) if after else None
        if fault.effect in ("hang", "slow"):
            await self._hold(fault.seconds)
        return response if fault.effect == "slow" else None

    async def _hold(self, seconds: float) -> None:
        """In small steps, so that nothing is held when the server stops."""
        until = time.monotonic() + seconds
        while not self.stopping.is_set() and (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 0.05))

    def _pause(self, seconds: float) -> None:
        self.stopping.wait(seconds)

    def _note(self, request: ApiRequest, response: ApiResponse | None, fault: Fault | None) -> None:
        self.calls.append(
            {
                "method": request.method,
                "path": request.path,
                "idempotency_key": request.idempotency_key,
                "status": response.status if response else None,
                "fault": fault.effect if fault else None,
                "at": time.time(),
            }
        )


async def _preflight(request: Request) -> Response:
    return Response(status_code=204, headers=CORS)


async def _script(request: Request) -> Response:
    return FileResponse(
        STATIC / "stripe.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


async def _payment_element(request: Request) -> Response:
    headers = {"Content-Security-Policy": FRAME_POLICY, "Cache-Control": "no-cache"}
    return FileResponse(STATIC / "payment-element.html", headers=headers)
