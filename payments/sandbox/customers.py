"""Customers: as little as a shop without saved cards needs."""

from __future__ import annotations

from typing import Any

from .engine import Engine
from .params import merged_metadata
from .store import Obj
from .views import require

PLAIN = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping")


def create(engine: Engine, params: dict[str, Any]) -> Obj:
    customer: Obj = {
        "id": engine.new_id("cus"),
        "object": "customer",
        "balance": 0,
        "created": engine.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "invoice_prefix": None,
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        "livemode": False,
        "metadata": merged_metadata({}, params.get("metadata") or {}),
        "next_invoice_sequence": 1,
        "tax_exempt": "none",
        "test_clock": None,
        **{field: params.get(field) for field in PLAIN},
    }
    engine.store.put(customer)
    engine.emit("customer.created", customer)
    return customer


def update(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    customer = require(engine.store, "customer", id)
    previous = {key: customer[key] for key in params if key in customer}
    if "metadata" in params:
        params["metadata"] = merged_metadata(customer["metadata"], params["metadata"])
    customer.update(params)
    engine.store.put(customer)
    engine.emit("customer.updated", customer, previous)
    return customer


def delete(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    customer = require(engine.store, "customer", id)
    engine.store.delete("customer", id)
    engine.emit("customer.deleted", customer)
    return {"id": id, "object": "customer", "deleted": True}
