"""Answers that belong to no room of their own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from . import readiness


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came without its token, most often from a page left open for long."""
    return render(request, "403_csrf.html", status=403)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Nothing else is asked: a database that is away is no reason to restart us."""
    return _plainly("ok")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """503 while this process should get no requests: its database is away, or not migrated yet."""
    trouble = readiness.trouble()
    return _plainly(trouble or "ok", status=503 if trouble else 200)


def _plainly(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(
        f"{text}\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
