"""The control API under /_sandbox/, as JSON and as the forms of the control page."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from . import authentication, control_page, delayed, deliveries, disputes, forms, refunds, webhook_endpoints
from .engine import Engine
from .errors import ApiError
from .faults import InvalidFault
from .views import public, require

Params = dict[str, Any]
Act = Callable[[Engine, Params], Any]
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


class Refused(Exception):
    """The control API cannot do this; the message says why."""


def routes(engine: Engine) -> list[Route]:
    def get(path: str, act: Act) -> Route:
        return Route(f"/_sandbox/{path}", _endpoint(engine, act), methods=["GET"])

    def post(path: str, act: Act) -> Route:
        return Route(f"/_sandbox/{path}", _endpoint(engine, act), methods=["POST"])

    def delete(path: str, act: Act) -> Route:
        return Route(f"/_sandbox/{path}", _endpoint(engine, act), methods=["DELETE"])

    return [
        Route("/", _page(engine), methods=["GET"]),
        post("reset", _reset),
        get("faults", _list_faults),
        post("faults", _add_fault),
        delete("faults", _clear_faults),
        post("faults/clear", _clear_faults),
        delete("faults/{id}", _remove_fault),
        post("faults/{id}/remove", _remove_fault),
        get("events", _events),
        post("events/{id}/redeliver", _redeliver),
        get("deliveries", _deliveries),
        post("payment_intents/{id}/authenticate", _authenticate),
        post("payment_intents/{id}/settle", _settle),
        post("refunds/{id}/fail", _fail_refund),
        post("charges/{id}/dispute", _dispute),
        post("disputes/{id}/end", _end_dispute),
        post("webhook_endpoints/{id}/roll", _roll),
        post("clock/advance", _advance),
    ]


def _page(engine: Engine) -> Callable[[Request], Response]:
    def show(request: Request) -> Response:
        with engine.lock:
            content = control_page.render(engine, notice=request.query_params.get("notice", ""))
        return HTMLResponse(
            content, headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
        )

    return show


def _endpoint(engine: Engine, act: Act) -> Callable[[Request], Awaitable[Response]]:
    """JSON in, JSON out; a form of the control page is led back there with a word on what happened."""

    async def answer(request: Request) -> Response:
        if not _same_origin(request):
            return JSONResponse({"error": "Other origins may not control the sandbox."}, 403)
        from_page = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        try:
            params = {**await _params(request, from_page=from_page), **request.path_params}
            result = await run_in_threadpool(act, engine, params)
        except (Refused, InvalidFault, ApiError) as error:
            return _back(str(error)) if from_page else JSONResponse({"error": str(error)}, 400)
        return _back(result.pop("notice", "Done.")) if from_page else JSONResponse(result)

    return answer


def _same_origin(request: Request) -> bool:
    """A page from elsewhere in the same browser shall not press our buttons."""
    origin = request.headers.get("origin")
    return request.method == "GET" or origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _back(notice: str) -> Response:
    return RedirectResponse("/?" + urlencode({"notice": notice[:300]}), 303)


async def _params(request: Request, *, from_page: bool) -> Params:
    if request.method == "GET":
        return dict(request.query_params)
    body = await request.body()
    if from_page:
        return _numbers(forms.decode(body.decode(errors="replace")))
    try:
        params = json.loads(body or b"{}")
    except ValueError:
        raise Refused("The body is not JSON.") from None
    if not isinstance(params, dict):
        raise Refused("The body is not a JSON object.")
    return params


def _numbers(form: Params) -> Params:
    """A form knows only text: empty fields are left out, numbers become numbers."""
    kinds: dict[str, Callable[[str], Any]] = {
        "count": int,
        "copies": int,
        "seconds": float,
        "probability": float,
    }
    try:
        return {key: kinds.get(key, str)(value) for key, value in form.items() if value != ""}
    except ValueError:
        raise Refused("That is not a number.") from None


def _flag(params: Params, name: str) -> bool:
    if name not in params:
        raise Refused(f"Missing: {name}")
    return params[name] in (True, "true", "yes", "1")


def _reset(engine: Engine, params: Params) -> Params:
    """Forgets everything but where webhooks go."""
    with engine.lock:
        endpoints = [point for point in engine.store.all("webhook_endpoint") if point.get("_configured")]
        engine.reset()
        with engine.transaction():
            for endpoint in endpoints:
                engine.store.put(endpoint)
    return {"reset": True, "notice": "Everything is forgotten."}


def _list_faults(engine: Engine, params: Params) -> Params:
    with engine.lock:
        return {"data": [fault.as_dict() for fault in engine.faults.active]}


def _add_fault(engine: Engine, params: Params) -> Params:
    with engine.lock:
        fault = engine.faults.add(params)
    return {**fault.as_dict(), "notice": "The fault is switched on."}


def _remove_fault(engine: Engine, params: Params) -> Params:
    with engine.lock:
        removed = engine.faults.remove(params["id"])
    return {"removed": removed, "notice": "The fault is switched off."}


def _clear_faults(engine: Engine, params: Params) -> Params:
    with engine.lock:
        engine.faults.clear()
    return {"cleared": True, "notice": "All faults are switched off."}


def _events(engine: Engine, params: Params) -> Params:
    with engine.lock:
        return {"data": public(engine.store.all("event"))}


def _deliveries(engine: Engine, params: Params) -> Params:
    with engine.lock:
        return {"data": engine.store.all("_delivery")}


def _redeliver(engine: Engine, params: Params) -> Params:
    with engine.transaction():
        require(engine.store, "event", params["id"])
        count = deliveries.resend(engine, params["id"])
    return {"deliveries": count, "notice": f"Sent again to {count} endpoint{'' if count == 1 else 's'}."}


def _authenticate(engine: Engine, params: Params) -> Params:
    approve = _flag(params, "approve")
    with engine.transaction():
        intent = require(engine.store, "payment_intent", params["id"])
        return dict(public(authentication.authenticate(engine, intent, None, approve=approve)))


def _settle(engine: Engine, params: Params) -> Params:
    succeed = _flag(params, "succeed")
    with engine.transaction():
        return dict(public(delayed.settle(engine, params["id"], clears=succeed)))


def _fail_refund(engine: Engine, params: Params) -> Params:
    with engine.transaction():
        return dict(public(refunds.fail(engine, params["id"])))


def _dispute(engine: Engine, params: Params) -> Params:
    with engine.transaction():
        return dict(public(disputes.open_dispute(engine, params["id"], params.get("reason", "fraudulent"))))


def _end_dispute(engine: Engine, params: Params) -> Params:
    if params.get("status") not in ("won", "lost", "warning_closed"):
        raise Refused("status must be won, lost or warning_closed")
    with engine.transaction():
        dispute = require(engine.store, "dispute", params["id"])
        return dict(public(disputes.end(engine, dispute, params["status"])))


def _roll(engine: Engine, params: Params) -> Params:
    keep_old = params.get("keep_old", True) in (True, "true")
    with engine.transaction():
        endpoint = webhook_endpoints.roll_secret(
            engine, params["id"], params.get("secret"), keep_old=keep_old
        )
    return dict(public(endpoint))


def _advance(engine: Engine, params: Params) -> Params:
    seconds = params.get("seconds")
    if not isinstance(seconds, int | float) or not 0 <= seconds <= 366 * 86400:
        raise Refused("seconds must be between 0 and a year")
    engine.clock.advance(seconds)
    return {"jobs": engine.run_due(), "notice": f"{seconds:g} seconds have passed."}
