"""Money without an order."""

from django.contrib import admin

from ..models import OrphanCharge
from .readonly import ReadOnly


@admin.register(OrphanCharge)
class OrphanChargeAdmin(ReadOnly, admin.ModelAdmin):
    """Money that came for no order of the shop's."""

    list_display = ("intent_id", "order_number", "amount", "currency", "status", "found_at", "refunded_at")
    list_filter = ("status", "found_at")
    search_fields = ("intent_id", "order_number")
    fields = (*list_display, "stripe_refund_id")
