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
def map_case(context: Any, case: Any) -> Any:
    """Half of the valid addresses lead somewhere; random ones never would."""
    path = case.meta and case.meta.components.get(ParameterLocation.PATH)
    if path and path.mode.is_positive:
        for name, value in (case.path_parameters or {}).items():
            number = sum(str(value).encode())
            if name in THERE and number % 2:
                known = (
                    THERE[name][:2] if case.path.endswith("/cancel") else THERE[name]
                )  # some shall be paid
                case.path_parameters[name] = known[number % len(known)]
    return case
