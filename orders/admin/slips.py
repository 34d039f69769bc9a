"""Packing slips to be printed: of chosen orders, or of one."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from orders.models import Order

from . import packing
from .bulk import too_many

NOTHING = "Nothing of this can be shipped now."


class PackingSlips(admin.ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_safe(self.packing_slip))
        return [path("<uuid:pk>/packing-slip/", page, name="orders_order_packing_slip"), *super().get_urls()]

    @admin.action(description="Print packing slips", permissions=["ship"])
    def print_packing_slips(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        return None if too_many(self, request, orders) else self._sheets(request, orders)

    def packing_slip(self, request: HttpRequest, pk: object) -> HttpResponse:
        if not (self.has_view_permission(request) and request.user.has_perm("orders.ship_order")):
            raise PermissionDenied
        sheets = self._sheets(request, Order.objects.filter(pk=pk))
        return sheets or HttpResponseRedirect(reverse("admin:orders_order_changelist"))

    def _sheets(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        slips = packing.slips(orders)
        if not slips:
            self.message_user(request, NOTHING, messages.WARNING)
            return None
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "slips": slips}
        return TemplateResponse(request, "admin/orders/order/packing_slips.html", context)
