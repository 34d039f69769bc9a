"""Pages that act on cases: a remedy, once it is confirmed, and "settled with a note", for one case or for many."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from .. import gateway, remedies
from ..models import Attention
from .case_buttons import may_settle

MOST = 200
"""Cases settled at once: more is a slip of the hand."""

acts = require_http_methods(["GET", "HEAD", "POST"])


class SettleForm(forms.Form):
    settlement = forms.CharField(
        label="How did it end?",
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For colleagues: what was done, and what was agreed with whom.",
    )


class CasePages(admin.ModelAdmin):
    actions = ("settle_many",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/remedy/<slug:name>/",
                view(acts(self.remedy_view)),
                name="payments_attention_remedy",
            ),
            path("<int:pk>/settle/", view(acts(self.settle_view)), name="payments_attention_settle"),
            *super().get_urls(),
        ]

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and may_settle(request.user)

    def remedy_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Ask, then do it. `seen` is what the person has read: if there is news of the case, they are asked anew."""
        case = self._case(request, pk)
        remedy = next((each for each in remedies.remedies_for(case) if each.name == name), None)
        if remedy is None:
            return self._nothing_to_do(request, case)
        if request.method == "POST" and request.POST.get("seen") == case.detail:
            return self._apply(request, case, remedy)
        context = {"case": case, "remedy": remedy, "has_changed": request.method == "POST"}
        return self._page(request, "remedy", f"{remedy.label}?", context)

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        case = self._case(request, pk)
        if case.settled_at:
            return self._nothing_to_do(request, case)
        form = SettleForm(request.POST or None, label_suffix="")
        if request.method != "POST" or not form.is_valid():
            return self._page(request, "settle", "Settle with a note", {"cases": [case], "form": form})
        if not case.settle(form.cleaned_data["settlement"], by=_person(request)):
            return self._nothing_to_do(request, self._case(request, pk))
        messages.success(request, f"Settled: {case}.")
        return _queue()

    @admin.action(description="Settle with a note", permissions=["settle"])
    def settle_many(self, request: HttpRequest, cases: QuerySet[Attention]) -> HttpResponse | None:
        if cases.count() > MOST:
            self.message_user(request, f"Choose at most {MOST} cases at once.", messages.ERROR)
            return None
        form = SettleForm(request.POST if "settlement" in request.POST else None, label_suffix="")
        if not form.is_valid():
            context = {
                "cases": cases,
                "form": form,
                "action": "settle_many",
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return self._page(request, "settle", "Settle with a note", context)
        note = form.cleaned_data["settlement"]
        settled = sum(case.settle(note, by=_person(request)) for case in cases)
        self.message_user(request, f"{settled} settled.", messages.SUCCESS)
        return None

    def _case(self, request: HttpRequest, pk: int) -> Attention:
        if not self.has_settle_permission(request):
            raise PermissionDenied
        case: Attention | None = self.get_queryset(request).filter(pk=pk).first()
        if case is None:
            raise Http404
        return case

    def _apply(self, request: HttpRequest, case: Attention, remedy: remedies.Remedy) -> HttpResponse:
        try:
            said = remedies.apply(case, remedy.name, by=_person(request))
        except remedies.NoRemedy as refusal:
            return self._refused(request, case, remedy, str(refusal))
        except gateway.StripeRefused as refusal:
            return self._refused(request, case, remedy, f"Stripe refused: {refusal}")
        except gateway.GatewayError:
            silence = (
                "Stripe did not answer, so it is not known whether it was done. Do it again in a moment."
            )
            return self._refused(request, case, remedy, silence)
        self.log_change(request, case, f"{remedy.label}: {said}")
        messages.success(request, f"{said}.")
        case.refresh_from_db()
        return _queue() if case.settled_at else _to(case)

    def _refused(
        self, request: HttpRequest, case: Attention, remedy: remedies.Remedy, why: str
    ) -> HttpResponse:
        case.refresh_from_db()
        if case.settled_at:  # somebody was faster
            return self._nothing_to_do(request, case)
        self.log_change(request, case, f"{remedy.label}: not done. {why}")
        messages.error(request, why)
        return _to(case)

    def _nothing_to_do(self, request: HttpRequest, case: Attention) -> HttpResponse:
        if case.settled_at:
            who = f" by {case.settled_by.get_full_name()}" if case.settled_by else ""
            messages.info(request, f"The case was settled before{who}: {case.settlement}")
        else:
            messages.warning(request, "There is no such remedy for this case.")
        return _to(case)

    def _page(self, request: HttpRequest, kind: str, title: str, context: dict[str, Any]) -> HttpResponse:
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": title,
            **context,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/payments/attention/{kind}.html", page)


def _person(request: HttpRequest) -> AbstractBaseUser:
    return cast("AbstractBaseUser", request.user)


def _to(case: Attention) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:payments_attention_change", args=[case.pk]))


def _queue() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:payments_attention_changelist"))
