"""The pages of acts: a form, where needed a page that says what will happen, then the act, once."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from bookstore.accounts.models import User
from orders.models import Order

from .acts import ACTS, Act, ActForm, Refused
from .situation import Situation

OWN = ("csrfmiddlewaretoken", "promise", "_confirm", "_change")
"""Fields of the pages themselves, which no form of an act has."""


class ActPages(admin.ModelAdmin):
    act_templates: ClassVar[dict[str, str]] = {
        "form": "admin/orders/order/act.html",
        "confirm": "admin/orders/order/act_confirm.html",
    }

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(
                f"<path:object_id>/{act.name}/",
                self.admin_site.admin_view(self._page_of(act)),
                name=f"orders_order_{act.name}",
            )
            for act in ACTS
        ]
        return pages + super().get_urls()

    def _page_of(self, act: Act) -> Callable[..., Any]:
        return require_http_methods(["GET", "HEAD", "POST"])(partial(self.act_view, act=act))

    def act_view(self, request: HttpRequest, object_id: str, *, act: Act) -> HttpResponse:
        if not (self.has_view_permission(request) and request.user.has_perm(act.permission)):
            raise PermissionDenied
        order = self.get_object(request, unquote(object_id))
        if order is None:
            messages.warning(request, "There is no such order.")
            return HttpResponseRedirect(reverse("admin:orders_order_changelist"))
        situation = Situation(order)
        if request.method == "POST":
            return self._posted(request, act, act.form(situation, request.POST))
        if not act.is_possible(situation):
            messages.warning(request, f"{act.label}: this cannot be done with the order as it is now.")
            return _to(order)
        return self._show(request, act, act.form(situation))

    def _posted(self, request: HttpRequest, act: Act, form: ActForm) -> HttpResponse:
        order, person = form.situation.order, cast("User", request.user)
        is_valid, key = form.is_valid(), form.cleaned_data.get("key")
        if key and act.was_done(form.situation, key):
            messages.info(request, f"{act.label}: this was done before, and is done once.")
            return _to(order)
        if not is_valid or "_change" in request.POST:
            return self._show(request, act, form)
        try:
            act.check(form, person)
            promised = act.promise(form)
            if act.asks_twice and not _is_confirmed(request, promised):
                return self._ask_again(request, act, form, promised)
            messages.success(request, act.do(form, person))
        except Refused as refusal:
            return self._show(request, act, _with_error(act, form, refusal))
        return _to(order)

    def _show(self, request: HttpRequest, act: Act, form: ActForm) -> HttpResponse:
        context = {"form": form, "explained": act.explain(form.situation)}
        return self._page(request, "form", act, form, context)

    def _ask_again(
        self, request: HttpRequest, act: Act, form: ActForm, promised: Sequence[str]
    ) -> HttpResponse:
        """Also when something has changed since: then what was confirmed is not what would happen now."""
        typed = [
            (name, value) for name, values in request.POST.lists() for value in values if name not in OWN
        ]
        has_changed = "_confirm" in request.POST
        context = {
            "form": form,
            "promised": promised,
            "promise": _digest(promised),
            "typed": typed,
            "has_changed": has_changed,
        }
        return self._page(request, "confirm", act, form, context)

    def _page(
        self, request: HttpRequest, kind: str, act: Act, form: ActForm, context: dict[str, Any]
    ) -> HttpResponse:
        order = form.situation.order
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": f"{act.label}: {order.number}",
            "order": order,
            "act": act,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.act_templates[kind], page | context)


def _is_confirmed(request: HttpRequest, promised: Sequence[str]) -> bool:
    """Whether the person saw what would happen now, and said yes."""
    return "_confirm" in request.POST and request.POST.get("promise") == _digest(promised)


def _digest(promised: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(promised).encode()).hexdigest()


def _with_error(act: Act, sent: ActForm, refusal: Refused) -> ActForm:
    """The form as it was sent, against the order as it is now."""
    order = Order.objects.select_related("payment").get(pk=sent.situation.order.pk)
    form = act.form(Situation(order), sent.data)
    if form.is_valid() or refusal.field not in form.errors:
        form.add_error(refusal.field, refusal.words)
    return form


def _to(order: Order) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order.pk]))
