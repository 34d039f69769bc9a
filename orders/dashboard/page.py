"""The dashboard's page in the admin."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.validators import MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.timezone import get_default_timezone, localdate
from django.views.decorators.http import require_safe

from . import figures, panels
from .periods import MOST_BUCKETS, Span, Unit

LATEST = {
    "days": (30, Unit.DAY, "30 days"),
    "weeks": (12, Unit.WEEK, "12 weeks"),
    "months": (12, Unit.MONTH, "12 months"),
}
EARLIEST = date(2000, 1, 1)


class SpanForm(forms.Form):
    """Any time. After is_valid, `span` is what was asked for."""

    DAY: ClassVar[Any] = {
        "widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        "validators": [MinValueValidator(EARLIEST, "The shop has nothing from before 2000.")],
    }
    first = forms.DateField(label="From", **DAY)
    last = forms.DateField(label="To", **DAY)
    unit = forms.ChoiceField(label="By", choices=Unit)

    span: Span

    def clean_first(self) -> date:
        first: date = self.cleaned_data["first"]
        if first > _today():
            raise forms.ValidationError("This day is still to come.")
        return first

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if not (first and last and "unit" in self.cleaned_data):
            return
        if last < first:
            self.add_error("last", "This is before the first day.")
            return
        today = _today()
        self.span = Span.covering(first, min(last, today), Unit(self.cleaned_data["unit"]), today=today)
        if (number := len(self.span.starts)) > MOST_BUCKETS:
            words = f"These would be {number} bars in a chart, and {MOST_BUCKETS} is the most. Choose longer ones."
            self.add_error("unit", words)


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("orders.view_takings"):
        raise PermissionDenied
    span, chosen, form = _asked_for(request)
    found = figures.kept(span)
    context = {
        **admin.site.each_context(request),
        "title": "Dashboard",
        "form": form,
        "chosen": chosen,
        "latest": LATEST,
        "figures": found,
        "facts": panels.facts(found),
        "panels": panels.panels(found),
        "best_sellers": panels.best_sellers(found),
    }
    request.current_app = admin.site.name
    return TemplateResponse(request, "admin/orders/dashboard.html", context)


def _asked_for(request: HttpRequest) -> tuple[Span, str, SpanForm]:
    """The time, its name among LATEST or none, and the form. What cannot be understood shows the latest days."""
    chosen = request.GET.get("latest", "")
    if chosen not in LATEST and any(name in request.GET for name in SpanForm.base_fields):
        form = SpanForm(request.GET, label_suffix="")
        return form.span if form.is_valid() else _latest("days"), "", form
    chosen = chosen if chosen in LATEST else "days"
    span = _latest(chosen)
    first_guess = {"first": span.first, "last": span.last, "unit": span.unit}
    return span, chosen, SpanForm(initial=first_guess, label_suffix="")


def _latest(name: str) -> Span:
    number, unit, _ = LATEST[name]
    return Span.latest(number, unit, today=_today())


def _today() -> date:
    return localdate(timezone=get_default_timezone())
