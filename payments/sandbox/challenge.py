"""The bank's 3-D Secure page: in Stripe.js's dialog (`?frame=1`), or as a page that leads back to `return_url`."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from . import authentication
from .engine import Engine
from .html import join, page, tag
from .money import written
from .store import Obj

# No form-action here: the answer may lead back to the shop, which is another origin.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'"
STYLES = "/static/challenge.css"


def routes(engine: Engine) -> list[Route]:
    def ask(request: Request) -> Response:
        intent = _waiting(engine, request)
        return _html(_question(intent) if intent else _nothing())

    def answer(request: Request) -> Response:
        """Which button was pressed is in the address, so that there is no body to read."""
        approve = request.path_params["result"] == "approve"
        with engine.transaction():
            intent = engine.store.get("payment_intent", request.path_params["intent"])
            if intent is None:
                return _html(_nothing(), 404)
            intent = authentication.authenticate(
                engine, intent, request.path_params["source"], approve=approve
            )
        return _finished(request, intent)

    path = "/3d_secure/{intent}/{source}"
    return [
        Route(path, ask, methods=["GET"]),
        Route(path + "/{result:str}", answer, methods=["POST"]),
    ]


def _waiting(engine: Engine, request: Request) -> Obj | None:
    with engine.lock:
        intent = engine.store.get("payment_intent", request.path_params["intent"])
    waits = (
        intent
        and intent["status"] == "requires_action"
        and intent["_source"] == request.path_params["source"]
    )
    return intent if waits else None


def _question(intent: Obj) -> str:
    here = f"/3d_secure/{intent['id']}/{intent['_source']}"
    amount = written(intent["amount"], intent["currency"]).rsplit(" ", 1)
    return page(
        "3-D Secure – Sandbox bank",
        tag(
            "main",
            tag("p", "Sandbox bank", class_="bank"),
            tag("h1", "Is this payment yours?"),
            tag("p", f"{amount[0]} {amount[1].upper()} to the shop. No real card is charged."),
            tag(
                "div",
                _button(f"{here}/approve", "Complete authentication", "primary"),
                _button(f"{here}/fail", "Fail authentication", "secondary"),
                class_="actions",
            ),
        ),
        styles=STYLES,
        scripts=("/static/challenge.js",),
    )


def _button(action: str, label: str, look: str) -> str:
    return tag("form", tag("button", label, type="submit", class_=look), method="post", action=action)


def _nothing() -> str:
    return page(
        "3-D Secure – Sandbox bank",
        tag("main", tag("h1", "Nothing to confirm"), tag("p", "This payment no longer waits for you.")),
        styles=STYLES,
    )


def _finished(request: Request, intent: Obj) -> Response:
    """Back to the shop; inside Stripe.js's dialog there is a page that only tells it to go on."""
    if intent["_return_url"] and request.headers.get("sec-fetch-dest") != "iframe":
        return RedirectResponse(return_address(intent), 303)
    content = join([tag("main", tag("p", "Thank you. You can close this window."))])
    return _html(page("Done", content, styles=STYLES, scripts=("/static/challenge-done.js",)))


def return_address(intent: Obj) -> str:
    """`return_url` with what Stripe adds to its query."""
    parts = urlsplit(intent["_return_url"])
    status = "succeeded" if intent["status"] in ("succeeded", "requires_capture", "processing") else "failed"
    added = [
        ("payment_intent", intent["id"]),
        ("payment_intent_client_secret", intent["client_secret"]),
        ("redirect_status", status),
    ]
    return parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added])).geturl()


def _html(content: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(content, status, {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})
