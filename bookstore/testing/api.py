"""The REST API in tests: clients with real tokens, and answers held to the one shape of errors."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.throttling import SimpleRateThrottle

from bookstore.accounts.factories import PASSWORD
from bookstore.accounts.models import User

GENEROUS = "100000/min"


class ApiClient(Client):
    """Sends and reads JSON; as `user`, with a token that was obtained the way programs do it."""

    def __init__(self, user: User | None = None, **more: Any) -> None:
        super().__init__(raise_request_exception=False, **more)
        if user is not None:
            self.sign_in(user)

    def sign_in(self, user: User, password: str = PASSWORD) -> dict[str, str]:
        tokens: dict[str, str] = self.send(
            "POST", "/api/auth/token", {"email": user.email, "password": password}
        ).json()
        self.defaults["HTTP_AUTHORIZATION"] = f"Bearer {tokens['access']}"
        return tokens

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`send("POST", "/orders", {...}, Idempotency_Key="a")`: names of headers with `_` for `-`."""
        data = "" if body is None else body if isinstance(body, bytes | str) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = named.pop("Content-Type", "application/json")
        return self.generic(method, path, data, content_type, headers=named)


def refusal(response: Any) -> tuple[int, str]:
    """Status and code of an error, after a look at its shape."""
    error = response.json()
    assert response["Content-Type"] == "application/json"
    assert {"code", "message"} <= error.keys() <= {"code", "message", "fields"}
    assert error["message"]
    return response.status_code, error["code"]


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The API's limits, out of the way; a test that is about one sets it."""
    generous = dict.fromkeys(SimpleRateThrottle.THROTTLE_RATES, GENEROUS)
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", generous)
    cache.clear()
    return generous


@pytest.fixture
def api(db: None, rates: dict[str, str]) -> type[ApiClient]:
    """`api()` is a program without a token, `api(user)` one that has the user's."""
    return ApiClient
