"""What of a stored object may be seen, and by whom."""

from __future__ import annotations

from typing import Any

from .errors import ApiError, invalid
from .store import Obj, Store

# The browser's view of a PaymentIntent (publishable key and client secret).
BROWSER_FIELDS = (
    "id object amount canceled_at cancellation_reason capture_method client_secret confirmation_method created"
    " currency description last_payment_error livemode next_action payment_method payment_method_types receipt_email"
    " setup_future_usage shipping status"
).split()

KIND_OF_PREFIX = {
    "pi": "payment_intent",
    "ch": "charge",
    "py": "charge",
    "pm": "payment_method",
    "cus": "customer",
    "re": "refund",
    "txn": "balance_transaction",
    "du": "dispute",
}
MAX_EXPAND_DEPTH = 4


def public(value: Any) -> Any:
    """Without the sandbox's own notes: fields of objects that begin with an underscore."""
    if isinstance(value, list):
        return [public(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        key: entry if key == "metadata" else public(entry)
        for key, entry in value.items()
        if not ("object" in value and key.startswith("_"))
    }


def for_browser(intent: Obj) -> Obj:
    return {field: intent[field] for field in BROWSER_FIELDS}


def expanded(store: Store, obj: Obj, paths: list[str]) -> Obj:
    """Replaces ids by their objects along `expand[]`. Raises ApiError for what cannot be expanded."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > MAX_EXPAND_DEPTH + 1:
            raise invalid("You cannot expand more than 4 levels of a property.", "expand")
        _expand(store, obj, parts, path)
    return obj


def _expand(store: Store, node: Any, parts: list[str], path: str) -> None:
    if isinstance(node, list):
        for entry in node:
            _expand(store, entry, parts, path)
        return
    name, rest = parts[0], parts[1:]
    if not isinstance(node, dict) or name not in node:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    if isinstance(node[name], str):
        node[name] = _referenced(store, node[name], path)
    if rest and node[name] is not None:
        _expand(store, node[name], rest, path)


def _referenced(store: Store, id: str, path: str) -> Any:
    kind = KIND_OF_PREFIX.get(id.partition("_")[0])
    if kind is None:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    return public(store.get(kind, id)) or id


def require(store: Store, kind: str, id: str, *, param: str = "id", status: int = 404) -> Obj:
    """The object, or Stripe's resource_missing."""
    obj = store.get(kind, id)
    if obj is None:
        raise ApiError(status, f"No such {kind}: '{id}'", code="resource_missing", param=param)
    return obj
