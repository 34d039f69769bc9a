"""How far somebody has come through the door."""

from typing import Any, cast

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from .. import second_factor


def is_staff(request: HttpRequest) -> bool:
    """Signed in with the password of somebody of staff."""
    return request.user.is_active and request.user.is_staff


def has_phone(request: HttpRequest) -> bool:
    """Whether the second factor is switched on for the person."""
    person: Any = request.user
    if not hasattr(person, "has_second_factor"):  # signed in by this very request
        person.has_second_factor = second_factor.is_on(person)
    return bool(person.has_second_factor)


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether the person still has to show one, or has to set one up because one is required."""
    mode, user = second_factor.mode(), cast("Any", request.user)
    if mode == second_factor.OFF or user.is_verified():
        return False
    return mode == second_factor.REQUIRED or has_phone(request)


def next_page(request: HttpRequest) -> str:
    """Where the person was going, if that is in the shop."""
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")


def lead(request: HttpRequest, page: str, then: str = "") -> HttpResponse:
    """On to a page of the door, which then leads on: to where the person was going, unless it is said."""
    query = urlencode({REDIRECT_FIELD_NAME: then or next_page(request)})
    return HttpResponseRedirect(f"{reverse(f'admin:{page}')}?{query}")
