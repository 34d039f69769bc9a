"""Every endpoint of the API: method, path, parameters, who may call it, and the function that answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import (
    charges,
    customers,
    disputes,
    intents,
    listing,
    payment_methods,
    refunds,
    schemas,
    webhook_endpoints,
)
from .engine import Engine
from .errors import ApiError
from .listing import equal
from .params import Schema
from .store import Obj
from .views import require

Params = dict[str, Any]
Action = Callable[..., Obj]


@dataclass(frozen=True)
class Operation:
    """`action(engine, *ids of the path, params)`. `browser`: may also be called with a publishable key."""

    method: str
    path: re.Pattern[str]
    schema: Schema
    action: Action
    browser: bool = False


def _on(method: str, path: str, schema: Schema, action: Action, *, browser: bool = False) -> Operation:
    pattern = re.compile("/v1/" + path.replace("{id}", r"([^/]+)"))
    return Operation(method, pattern, schema, action, browser)


def _retrieve(kind: str) -> Action:
    return lambda engine, id, params: require(engine.store, kind, id)


def _list(kind: str, path: str, *filters: str) -> Action:
    def answer(engine: Engine, params: Params) -> Obj:
        return listing.listed(engine, kind, params, f"/v1/{path}", equal(params, *filters))

    return answer


def _events(engine: Engine, params: Params) -> Obj:
    return listing.events(engine, params, "/v1/events")


def _methods_of_customer(engine: Engine, id: str, params: Params) -> Obj:
    require(engine.store, "customer", id)
    wanted = {**params, "customer": id}
    tests = equal(wanted, "customer", "type")
    return listing.listed(engine, "payment_method", params, f"/v1/customers/{id}/payment_methods", tests)


def _account(engine: Engine, params: Params) -> Obj:
    return {
        "id": "acct_1SandboxBookstore",
        "object": "account",
        "business_profile": {"name": "Sandbox", "url": None},
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "GB",
        "created": 1_700_000_000,
        "default_currency": "gbp",
        "details_submitted": True,
        "email": "sandbox@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"branding": {}, "dashboard": {"display_name": "Sandbox", "timezone": "Etc/UTC"}},
        "type": "standard",
    }


OPERATIONS = (
    _on("POST", "payment_intents", schemas.INTENT_CREATE, intents.create),
    _on(
        "GET", "payment_intents", schemas.INTENT_LIST, _list("payment_intent", "payment_intents", "customer")
    ),
    _on("GET", "payment_intents/{id}", schemas.INTENT_RETRIEVE, intents.retrieve, browser=True),
    _on("POST", "payment_intents/{id}", schemas.INTENT_UPDATE, intents.update),
    _on("POST", "payment_intents/{id}/confirm", schemas.INTENT_CONFIRM, intents.confirm, browser=True),
    _on("POST", "payment_intents/{id}/cancel", schemas.INTENT_CANCEL, intents.cancel),
    _on("POST", "payment_intents/{id}/capture", schemas.INTENT_CAPTURE, intents.capture),
    _on("POST", "payment_methods", schemas.METHOD_CREATE, payment_methods.create, browser=True),
    _on(
        "GET",
        "payment_methods",
        schemas.METHOD_LIST,
        _list("payment_method", "payment_methods", "customer", "type"),
    ),
    _on(
        "GET",
        "payment_methods/{id}",
        schemas.EXPAND,
        lambda engine, id, params: payment_methods.retrieve(engine, id),
    ),
    _on("POST", "payment_methods/{id}", schemas.METHOD_UPDATE, payment_methods.update),
    _on("POST", "payment_methods/{id}/attach", schemas.METHOD_ATTACH, payment_methods.attach),
    _on("POST", "payment_methods/{id}/detach", schemas.EXPAND, payment_methods.detach),
    _on("GET", "charges", schemas.CHARGE_LIST, _list("charge", "charges", "customer", "payment_intent")),
    _on("GET", "charges/{id}", schemas.EXPAND, _retrieve("charge")),
    _on("POST", "charges/{id}", schemas.CHARGE_UPDATE, charges.update),
    _on("POST", "refunds", schemas.REFUND_CREATE, refunds.create),
    _on("GET", "refunds", schemas.REFUND_LIST, _list("refund", "refunds", "charge", "payment_intent")),
    _on("GET", "refunds/{id}", schemas.EXPAND, _retrieve("refund")),
    _on("POST", "refunds/{id}", schemas.METADATA, refunds.update),
    _on("POST", "refunds/{id}/cancel", schemas.EXPAND, refunds.cancel),
    _on("GET", "disputes", schemas.DISPUTE_LIST, _list("dispute", "disputes", "charge", "payment_intent")),
    _on("GET", "disputes/{id}", schemas.EXPAND, _retrieve("dispute")),
    _on("POST", "disputes/{id}", schemas.DISPUTE_UPDATE, disputes.update),
    _on("POST", "disputes/{id}/close", schemas.EXPAND, disputes.close),
    _on("POST", "customers", schemas.CUSTOMER, customers.create),
    _on("GET", "customers", schemas.CUSTOMER_LIST, _list("customer", "customers", "email")),
    _on("GET", "customers/{id}", schemas.EXPAND, _retrieve("customer")),
    _on("POST", "customers/{id}", schemas.CUSTOMER, customers.update),
    _on("DELETE", "customers/{id}", schemas.EXPAND, customers.delete),
    _on("GET", "customers/{id}/payment_methods", schemas.METHOD_LIST, _methods_of_customer),
    _on("GET", "events", schemas.EVENT_LIST, _events),
    _on("GET", "events/{id}", schemas.EXPAND, _retrieve("event")),
    _on("POST", "webhook_endpoints", schemas.ENDPOINT_CREATE, webhook_endpoints.create),
    _on("GET", "webhook_endpoints", schemas.PAGE, _list("webhook_endpoint", "webhook_endpoints")),
    _on("GET", "webhook_endpoints/{id}", schemas.EXPAND, _retrieve("webhook_endpoint")),
    _on("POST", "webhook_endpoints/{id}", schemas.ENDPOINT_UPDATE, webhook_endpoints.update),
    _on("DELETE", "webhook_endpoints/{id}", schemas.EXPAND, webhook_endpoints.delete),
    _on("GET", "account", schemas.EXPAND, _account),
    _on(
        "GET",
        "balance_transactions",
        schemas.BALANCE_LIST,
        _list("balance_transaction", "balance_transactions", "currency", "source", "type"),
    ),
    _on("GET", "balance_transactions/{id}", schemas.EXPAND, _retrieve("balance_transaction")),
)


def find(method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
    """The operation and the ids in the path. Raises ApiError (404) as Stripe does for an unknown address."""
    for operation in OPERATIONS:
        match = operation.path.fullmatch(path) if operation.method == method else None
        if match:
            return operation, match.groups()
    raise ApiError(404, f"Unrecognized request URL ({method}: {path}). Is it one that the sandbox knows?")
