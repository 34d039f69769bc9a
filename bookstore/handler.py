"""How a request comes to Django."""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Request(WSGIRequest):
    """Everything we are sent is UTF-8, whatever charset a Content-Type names.

    Django would decode even the address by it, and fail before any of our code runs when it is none for text
    (`charset=hex`).
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Application(WSGIHandler):
    request_class = Request
