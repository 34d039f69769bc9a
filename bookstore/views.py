"""Answers that belong to no room of their own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came without its token, most often from a page left open for long."""
    return render(request, "403_csrf.html", status=403)
