"""What the pages of books beside Django's own have in common."""

from typing import Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse


class Link(NamedTuple):
    """A tool above a list or a form."""

    url: str
    label: str


def require(request: HttpRequest, *permissions: str) -> None:
    """Raises PermissionDenied unless the person has them all."""
    if not request.user.has_perms(permissions):
        raise PermissionDenied


class BookPages(admin.ModelAdmin):
    def page(self, request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        request.current_app = self.admin_site.name
        return TemplateResponse(request, f"admin/catalog/book/{template}", frame | context)
