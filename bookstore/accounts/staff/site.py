"""The door of the admin: staff only, with their second factor where they have one."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from .. import second_factor
from ..guesses import guarded, sign_ins
from . import pages
from .standing import has_phone, is_staff, lacks_second_factor, lead


class StaffSite(admin.AdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        return is_staff(request) and not lacks_second_factor(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("second-factor/", _discreet(partial(pages.second_factor_page, self)), name="second_factor"),
            path(
                "second-factor/code/", _discreet(partial(pages.ask_for_code, self)), name="second_factor_code"
            ),
            *super().get_urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        is_offered = second_factor.mode() != second_factor.OFF
        return super().each_context(request) | {"offers_second_factor": is_offered}

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The password first, then the code, on a page of its own."""
        if request.method == "POST":
            judge = partial(super().login, request, extra_context)
            return guarded(sign_ins, request, request.POST.get("username", ""), judge)  # type: ignore[return-value]
        if is_staff(request) and lacks_second_factor(request):
            return lead(request, "second_factor_code" if has_phone(request) else "second_factor")
        return super().login(request, extra_context)


def _discreet(view: Any) -> Any:
    methods = require_http_methods(["GET", "HEAD", "POST"])
    return never_cache(sensitive_post_parameters("code")(methods(view)))
