"""What Stripe answers when it says no. `error.type` takes only the four values that Stripe publishes."""

from __future__ import annotations

from typing import Any

DOCS = "https://stripe.com/docs/error-codes/"


class ApiError(Exception):
    """An answer other than 200.

    `executed` tells whether the endpoint had begun its work: only then is the answer kept for the idempotency key,
    and only then does it carry `Stripe-Should-Retry: false`.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.error: dict[str, Any] = {"type": type, "message": message}
        if code:
            self.error.update(code=code, doc_url=DOCS + code.replace("_", "-"))
        if param:
            self.error["param"] = param
        self.error.update({name: value for name, value in more.items() if value is not None})


def missing_object(kind: str, id: str, *, param: str = "id", status: int = 404) -> ApiError:
    """404 for an id in the path; 400 for an id that a parameter refers to."""
    return ApiError(status, f"No such {kind}: '{id}'", code="resource_missing", param=param)


def unexpected_state(message: str, intent: dict[str, Any]) -> ApiError:
    return ApiError(
        400, message, code="payment_intent_unexpected_state", executed=True, payment_intent=intent
    )


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """A parameter that cannot be accepted: refused before anything is executed."""
    return ApiError(400, message, param=param, code=code)


def refused(message: str, param: str | None = None, code: str | None = None, **more: Any) -> ApiError:
    """A request that was understood and executed, and refused because of the state it met."""
    return ApiError(400, message, param=param, code=code, executed=True, **more)
