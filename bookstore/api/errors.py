"""One shape for every error of the API: `{"code", "message", "fields"?}`.

`code` is stable and meant for programs, `message` for people; `fields` names inputs that were refused. The codes are
listed in docs/api.md.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler
from rest_framework_simplejwt.exceptions import InvalidToken

Fields = dict[str, list[str]]

ADDRESSES = ("/api/", "/orders/")


class ApiError(exceptions.APIException):
    """An error that a view answers on purpose."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status_code: int = status.HTTP_400_BAD_REQUEST,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message, code)
        self.code, self.message = code, message
        self.status_code = status_code
        self.retry_after = retry_after


CODES: list[tuple[type[Exception], str, str]] = [
    (exceptions.ParseError, "malformed_body", "The body is not valid JSON."),
    (InvalidToken, "token_not_valid", "The token is not valid or has expired."),
    (exceptions.NotAuthenticated, "not_authenticated", "Send an access token: Authorization: Bearer ..."),
    (exceptions.AuthenticationFailed, "token_not_valid", "The token is not valid or has expired."),
    (exceptions.PermissionDenied, "forbidden", "You may not do this."),
    (PermissionDenied, "forbidden", "You may not do this."),
    (exceptions.NotFound, "not_found", "There is nothing at this address."),
    (Http404, "not_found", "There is nothing at this address."),
    (exceptions.MethodNotAllowed, "method_not_allowed", "This address does not know the method."),
    (exceptions.UnsupportedMediaType, "unsupported_media_type", "Send JSON: Content-Type: application/json"),
    (exceptions.Throttled, "throttled", "Too many requests. Please wait."),
]


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's answer, in our shape. None: a fault of ours, which becomes a 500."""
    response = exception_handler(error, context)
    if response is None:
        return None
    response.data = _body(error)
    if response.status_code == status.HTTP_401_UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    if isinstance(error, ApiError) and error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response


@csrf_exempt  # whatever the method, the answer is the same
def not_found(request: HttpRequest, **kwargs: object) -> JsonResponse:
    """For addresses of the API that lead nowhere."""
    return JsonResponse({"code": "not_found", "message": "There is nothing at this address."}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours: programs get JSON, people a page. Django has logged it."""
    if not request.path.startswith(ADDRESSES):
        return defaults.server_error(request)
    message = "Something went wrong on our side. Nothing is known to be lost; please try again."
    return JsonResponse({"code": "server_error", "message": message}, status=500)


def _body(error: Exception) -> dict[str, Any]:
    if isinstance(error, ApiError):
        return {"code": error.code, "message": error.message}
    if isinstance(error, exceptions.ValidationError):
        message = "Some of the input cannot be accepted."
        return {"code": "invalid_input", "message": message, "fields": _fields(error.detail)}
    for kind, code, message in CODES:
        if isinstance(error, kind):
            return {"code": code, "message": message}
    return {"code": "refused", "message": "The request could not be carried out."}


def _fields(detail: Any, path: str = "") -> Fields:
    """DRF's nested details as one flat object: `{"shippingAddress.city": ["..."]}`. `""` is the body as a whole."""
    if isinstance(detail, dict):
        flat: Fields = {}
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            flat |= _fields(inner, ".".join(part for part in (path, own) if part))
        return flat
    if isinstance(detail, list):
        return {path: [str(message) for message in detail]}
    return {path: [str(detail)]}
