"""What all addresses of the API have in common."""

from typing import Any, ClassVar

from rest_framework import serializers, status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from .errors import ApiError
from .fields import NoInput, StrictSerializer
from .parsing import StrictJSONParser

LARGEST_BODY = 64 * 1024
"""Bytes. An order with the longest address has about two thousand."""

WITHOUT_BODY = ("GET", "HEAD", "DELETE")


class AlwaysJSON(DefaultContentNegotiation):
    """There is one form of answer, so neither Accept nor `?format=` (which books use as a filter) chooses one."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class Endpoint(APIView):
    """An APIView that knows all of its input: what it does not know is refused, wherever it stands."""

    parser_classes = (StrictJSONParser,)
    content_negotiation_class = AlwaysJSON
    http_method_names = ["get", "head", "post", "put", "delete"]  # noqa: RUF012  # as the class above has it
    queries: ClassVar[dict[str, type[StrictSerializer]]] = {}
    """By method, what may follow the `?`; nothing where a method is not named."""
    query: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods:  # which is the first thing to know
            self.http_method_not_allowed(request)
        _refuse_large_bodies(request)
        method = "GET" if request.method == "HEAD" else str(request.method)
        self.query = _query(request, self.queries.get(method, NoInput))
        if method in WITHOUT_BODY:
            take_nothing(request)


def _refuse_large_bodies(request: Request) -> None:
    """Before they are read. No length: no body, as WSGI has it."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        message = f"The body is too large; {LARGEST_BODY} bytes are the most."
        raise ApiError("body_too_large", message, status_code=status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)


def take_nothing(request: Request) -> None:
    """For requests that say all in their address: a body may be left out or empty."""
    valid(NoInput, request.data)


def valid(serializer: type[StrictSerializer], data: Any) -> Any:
    """What the client sent, checked and converted. Raises ValidationError."""
    given = serializer(data=data)
    given.is_valid(raise_exception=True)
    return given.validated_data


def _query(request: Request, serializer: type[StrictSerializer]) -> dict[str, Any]:
    for name, values in request.query_params.lists():
        if len(values) > 1:
            raise serializers.ValidationError({name: ["This is given more than once."]})
    query: dict[str, Any] = valid(serializer, request.query_params.dict())
    return query
