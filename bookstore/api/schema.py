"""Parts of the OpenAPI description that many operations share."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers


class ErrorSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Stable; listed in docs/api.md")
    message = serializers.CharField(help_text="For people")
    fields = serializers.DictField(  # type: ignore[assignment]  # the name is the contract's
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="What is wrong with which input",
    )


DESCRIPTIONS = {
    400: "The request cannot be accepted",
    401: "No access token, or one that is not valid",
    404: "There is no such thing, or it is not yours",
    409: "It does not fit the present state",
    413: "The body is too large",
    415: "The body is not JSON",
    429: "Too many requests; see Retry-After",
    503: "Stripe cannot be reached; see Retry-After",
}
EVERYWHERE = (400, 429)
WITH_BODY = (413, 415)


def errors(*status_codes: int, body: bool = False) -> dict[int, OpenApiResponse]:
    """Responses for `extend_schema`, all in the one shape that errors have; `body`: of a request that carries one."""
    codes = sorted({*EVERYWHERE, *status_codes, *(WITH_BODY if body else ())})
    return {code: OpenApiResponse(ErrorSerializer, description=DESCRIPTIONS[code]) for code in codes}


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="A text of your own. The same request with the same key is carried out once.",
    examples=[OpenApiExample("Any text of your own", "3f1c9a52-cart-1")],
)


def in_path(name: str, example: str, description: str, **schema: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        {"type": "string", **schema},
        OpenApiParameter.PATH,
        description=description,
        examples=[OpenApiExample("Example", example)],
    )


def without_slash(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Describe each address once, in the form that the documentation uses; with a slash it works, too."""
    return [(path.rstrip("/"), regex, method, view) for path, regex, method, view in endpoints]
