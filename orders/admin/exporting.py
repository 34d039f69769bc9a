"""Orders as files for the bookkeeper: of the list as it is filtered, or of chosen orders."""

import logging
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ALL_VAR, PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from orders.exports import TABLES, Table
from orders.models import Order

logger = logging.getLogger(__name__)

NOT_FILTERS = (PAGE_VAR, ALL_VAR)
"""What of an address of the list says where one is in it, not what is in it."""


class Exports(admin.ModelAdmin):
    change_list_template = "admin/orders/export_change_list.html"

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("orders.export_orders")

    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(require_safe(view))

        return [
            path("export/", page(self.export_page), name="orders_order_export"),
            path("export/<slug:name>.csv", page(self.export_file), name="orders_order_export_file"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_export = self.has_export_permission(request)
        address = reverse("admin:orders_order_export") + _query(request.GET)
        more = {"export_address": address if may_export else ""}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def export_page(self, request: HttpRequest) -> HttpResponse:
        """Which of the tables; they come with the filters of the list that led here."""
        orders = self._filtered(request)
        if orders is None:
            return redirect("admin:orders_order_changelist")
        files = [
            (table, reverse("admin:orders_order_export_file", args=[table.name]) + _query(request.GET))
            for table in TABLES.values()
        ]
        return self._choice(request, orders, {"files": files, "list_query": _query(request.GET)})

    def export_file(self, request: HttpRequest, name: str) -> HttpResponseBase:
        if name not in TABLES:
            raise Http404
        orders = self._filtered(request)
        if orders is None:
            return redirect("admin:orders_order_changelist")
        return _file(request, TABLES[name], orders)

    @admin.action(description="Export", permissions=["export"])
    def export(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponseBase:
        """Ask which table, then answer with it."""
        if table := TABLES.get(request.POST.get("table", "")):
            return _file(request, table, orders)
        context = {
            "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "checkbox": ACTION_CHECKBOX_NAME,
            "select_across": "1" if request.POST.get("select_across") == "1" else "0",
            "list_query": _query(request.GET),
        }
        return self._choice(request, orders, context)

    def _choice(self, request: HttpRequest, orders: QuerySet[Order], context: dict[str, Any]) -> HttpResponse:
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Export",
            "tables": TABLES.values(),
            "number_of_orders": orders.count(),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/orders/export.html", page | context)

    def _filtered(self, request: HttpRequest) -> QuerySet[Order] | None:
        """The whole of the list that the address describes; None where it describes none. Raises PermissionDenied."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        request.GET = cast("Any", _filters(request.GET))
        try:
            return self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            messages.error(request, "These filters are not known, so nothing was exported.")
            return None


def _file(request: HttpRequest, table: Table, orders: QuerySet[Order]) -> StreamingHttpResponse:
    logger.info("User %s exports %s", request.user.pk, table.name)
    headers = {"Content-Disposition": f'attachment; filename="{table.name}-{localdate():%Y-%m-%d}.csv"'}
    return StreamingHttpResponse(
        table.stream(orders), content_type="text/csv; charset=utf-8", headers=headers
    )


def _filters(parameters: QueryDict) -> QueryDict:
    kept = parameters.copy()
    for name in NOT_FILTERS:
        kept.pop(name, None)
    return kept


def _query(parameters: QueryDict) -> str:
    query = _filters(parameters).urlencode()
    return f"?{query}" if query else ""
