"""Figures for monitoring. They tell a shop's turnover, so whoever asks must know the token."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from orders.metrics import exposition

PRIVATE = {"Cache-Control": "no-store"}


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format. 404 as long as no METRICS_TOKEN is set, 401 for another token."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    ):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer", **PRIVATE})
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST, headers=PRIVATE)
