"""Ways in which parcels go out, and what they cost."""

from django.contrib import admin

from orders.models import DeliveryMethod


@admin.register(DeliveryMethod)
class DeliveryMethodAdmin(admin.ModelAdmin):
    list_display = ("name", "description", "price", "free_above", "position", "active")
    list_editable = ("position", "active")
