"""What schemathesis needs to know of the shop: how to get a token, and what there is to be found.

Loaded by the `schemathesis` command itself; `FUZZ_*` in the environment says where the shop is and what it has.
"""

import json
import os
import urllib.request
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation

THERE: dict[str, list[str]] = json.loads(os.environ["FUZZ_THERE"])
"""By name of a path parameter, values that lead somewhere."""


@schemathesis.auth(refresh_interval=200)  # seconds; a token lasts five minutes
class Token:
    """Obtained like any program does it."""

    def get(self, case: Any, context: Any) -> str:
        request = urllib.request.Request(
            os.environ["FUZZ_SHOP"] + "/api/auth/token",
            os.environ["FUZZ_CREDENTIALS"].encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            token: str = json.load(response)["access"]
            return token

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Half of the valid addresses lead somewhere, and half of those go without a key: random ones never would.

    The description's own example of a key is used up by the first request that has it.
    """
    for name, value in (case.path_parameters or {}).items():
        number = sum(str(value).encode())
        is_random = number % 2 and _is_valid(case, ParameterLocation.PATH)
        if name in THERE and (is_random or value in THERE[name]):
            case.path_parameters[name] = _spare(case, THERE[name])[number // 2 % 2]
            if number % 4 < 2 and _is_valid(case, ParameterLocation.HEADER):
                case.headers.pop("Idempotency-Key", None)


def _spare(case: Any, there: list[str]) -> list[str]:
    """Some orders are never canceled, or there would soon be none to pay."""
    return there[:2] if case.path.endswith("/cancel") else there[-2:]


def _is_valid(case: Any, location: ParameterLocation) -> bool:
    part = case.meta and case.meta.components.get(location)
    return bool(part and part.mode.is_positive)
