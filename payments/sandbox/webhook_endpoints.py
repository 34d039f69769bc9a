"""Where events are sent. The secret is shown once, when an endpoint is created."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from . import API_VERSION
from .engine import Engine
from .errors import invalid
from .params import merged_metadata
from .store import Obj
from .views import require


def create(engine: Engine, params: dict[str, Any]) -> Obj:
    endpoint = add(engine, params["url"], engine.new_id("whsec"), params["enabled_events"])
    endpoint.update(
        description=params.get("description"),
        api_version=params.get("api_version", API_VERSION),
        metadata=merged_metadata({}, params.get("metadata") or {}),
    )
    engine.store.put(endpoint)
    return {**endpoint, "secret": endpoint["_secrets"][0]}


def add(engine: Engine, url: str, secret: str, enabled_events: list[str]) -> Obj:
    _check_url(url)
    endpoint: Obj = {
        "id": engine.new_id("we"),
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": engine.now(),
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
        "_secrets": [secret],
    }
    engine.store.put(endpoint)
    return endpoint


def configure(engine: Engine, url: str, secret: str) -> Obj:
    """The endpoint given on the command line: known by its mark, so that a restart does not add another."""
    _check_url(url)
    endpoint = _configured(engine) or add(engine, url, secret, ["*"])
    endpoint.update(url=url, _secrets=[secret], status="enabled", _configured=True)
    engine.store.put(endpoint)
    return endpoint


def disable_configured(engine: Engine) -> None:
    endpoint = _configured(engine)
    if endpoint:
        endpoint["status"] = "disabled"
        engine.store.put(endpoint)


def _configured(engine: Engine) -> Obj | None:
    return next((point for point in engine.store.all("webhook_endpoint") if point.get("_configured")), None)


def roll_secret(engine: Engine, id: str, secret: str | None, *, keep_old: bool) -> Obj:
    """A new secret; with `keep_old`, events carry one signature for each of the two."""
    endpoint = require(engine.store, "webhook_endpoint", id)
    old = endpoint["_secrets"][:1] if keep_old else []
    endpoint["_secrets"] = [secret or engine.new_id("whsec"), *old]
    engine.store.put(endpoint)
    return {**endpoint, "secret": endpoint["_secrets"][0]}


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid("Not a valid URL", "url", "url_invalid")


def update(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    endpoint = require(engine.store, "webhook_endpoint", id)
    if "url" in params:
        _check_url(params["url"])
    if "disabled" in params:
        endpoint["status"] = "disabled" if params.pop("disabled") else "enabled"
    if "metadata" in params:
        params["metadata"] = merged_metadata(endpoint["metadata"], params["metadata"])
    endpoint.update(params)
    engine.store.put(endpoint)
    return endpoint


def delete(engine: Engine, id: str, params: dict[str, Any]) -> Obj:
    require(engine.store, "webhook_endpoint", id)
    engine.store.delete("webhook_endpoint", id)
    return {"id": id, "object": "webhook_endpoint", "deleted": True}
