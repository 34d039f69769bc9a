"""Pages of the second factor: the code after the password, and where it is switched on."""

from base64 import b32encode
from http import HTTPStatus
from typing import Any, cast

import django_otp
import segno
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString, mark_safe
from django_otp.models import Device
from django_otp.plugins.otp_totp.models import TOTPDevice

from .. import second_factor
from ..models import User
from .forms import CodeForm, NewPhoneForm
from .standing import has_phone, is_staff, lacks_second_factor, lead, next_page

NOT_OFF = "A second factor is required in this shop: it can be moved to another phone, but not switched off."


def ask_for_code(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Between the password and the admin."""
    if not (is_staff(request) and lacks_second_factor(request) and has_phone(request)):
        return (
            HttpResponseRedirect(next_page(request))
            if site.has_permission(request)
            else lead(request, "login")
        )
    form = CodeForm(_person(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        _let_in(request, form.device)
        return HttpResponseRedirect(next_page(request))
    return _page(site, request, "code", "Your second factor", form)


def second_factor_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Also for those who may do nothing else yet, because a second factor is required and they have none."""
    if second_factor.mode() == second_factor.OFF:
        raise Http404
    if not is_staff(request) or (has_phone(request) and lacks_second_factor(request)):
        return lead(request, "login", then=request.path)
    if request.method == "POST" and (act := ACTS.get(request.POST.get("act", ""))):
        return act(site, request)
    return _overview(site, request)


def _overview(site: AdminSite, request: HttpRequest, form: CodeForm | None = None) -> HttpResponse:
    person = _person(request)
    begun = second_factor.begun(person)
    context = {
        "is_on": has_phone(request),
        "is_required": second_factor.mode() == second_factor.REQUIRED,
        "codes_left": second_factor.recovery_codes_left(person),
        "new_phone": _shown_to_phone(begun) if begun else None,
    }
    new_form = NewPhoneForm(person) if begun else CodeForm(person)
    return _page(site, request, "overview", "Second factor", form or new_form, **context)


def _begin(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Who has a phone already shows a code of it before another one takes its place."""
    person = _person(request)
    if has_phone(request):
        form = CodeForm(person, request.POST)
        if not form.is_valid():
            return _overview(site, request, form)
    second_factor.begin(person)
    return lead(request, "second_factor")


def _confirm(site: AdminSite, request: HttpRequest) -> HttpResponse:
    form = NewPhoneForm(_person(request), request.POST)
    if not form.is_valid():
        return _overview(site, request, form)
    _let_in(request, form.device)
    _record(request, "Second factor switched on, or moved to another phone")
    return _recovery_codes(site, request, form.recovery_codes)


def _new_codes(site: AdminSite, request: HttpRequest) -> HttpResponse:
    form = CodeForm(_person(request), request.POST)
    if not form.is_valid():
        return _overview(site, request, form)
    codes = second_factor.new_recovery_codes(_person(request))
    _record(request, "New recovery codes made")
    return _recovery_codes(site, request, codes)


def _switch_off(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if second_factor.mode() == second_factor.REQUIRED:
        messages.error(request, NOT_OFF)
        return redirect("admin:second_factor")
    form = CodeForm(_person(request), request.POST)
    if not form.is_valid():
        return _overview(site, request, form)
    second_factor.switch_off(_person(request))
    _record(request, "Second factor switched off")
    messages.success(request, "Your second factor is switched off.")
    return redirect("admin:second_factor")


ACTS = {"begin": _begin, "confirm": _confirm, "codes": _new_codes, "off": _switch_off}


def _recovery_codes(site: AdminSite, request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The answer to the form itself: a page of its own would have to keep the codes somewhere."""
    return _page(site, request, "recovery_codes", "Your recovery codes", None, codes=codes)


def _let_in(request: HttpRequest, device: Device) -> None:
    request.session.cycle_key()
    django_otp.login(request, device)
    cast("Any", request.user).has_second_factor = True


def _record(request: HttpRequest, words: str) -> None:
    """In the person's history, for whoever looks after accounts."""
    person = _person(request)
    LogEntry.objects.log_actions(person.pk, [person], CHANGE, change_message=words, single_object=True)


def _shown_to_phone(device: TOTPDevice) -> dict[str, Any]:
    """A picture for the app's camera, and the same to be typed."""
    picture = segno.make(device.config_url, error="m").svg_inline(
        scale=5,
        border=4,
        dark="#000",
        light="#fff",
        svgclass="qr",
        lineclass=None,
        title="QR code for the app",
    )
    secret = b32encode(device.bin_key).decode().rstrip("=").lower()
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return {"picture": _drawn_here(picture), "secret": groups}


def _drawn_here(svg: str) -> SafeString:
    """Safe: segno draws squares, and quotes the title."""
    return mark_safe(svg)  # noqa: S308


def _page(
    site: AdminSite, request: HttpRequest, name: str, title: str, form: CodeForm | None, **more: Any
) -> HttpResponse:
    """429 when there were too many wrong codes."""
    context = site.each_context(request) | {"title": title, "form": form, "next": next_page(request)} | more
    request.current_app = site.name
    response = TemplateResponse(request, f"admin/second_factor/{name}.html", context)
    if form is not None and form.wait:
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        response["Retry-After"] = str(form.wait)
    return response


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)
