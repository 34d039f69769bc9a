"""dj-stripe's copies. Its own admin pages are taken down: they print secrets, and let data be edited."""

from typing import Any, ClassVar

import djstripe.admin  # noqa: F401  registers its pages, so that they can be taken down here
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from ..models import MirroredPaymentIntent
from ..money import from_minor, written
from .readonly import ReadOnly, pretty

for model in [model for model in admin.site._registry if model._meta.app_label == "djstripe"]:
    admin.site.unregister(model)


@admin.register(MirroredPaymentIntent)
class MirroredPaymentIntentAdmin(ReadOnly, admin.ModelAdmin):
    """dj-stripe's copy of the PaymentIntents."""

    list_display = ("id", "status", "amount", "created", "livemode", "djstripe_updated")
    list_filter = ("livemode", "created")
    search_fields = ("id",)
    search_help_text = "PaymentIntent (pi_…)"
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("id", "status", "amount", "livemode", "created", "djstripe_updated")}),
        ("As Stripe sent it", {"fields": ("readable_data",)}),
    )

    class Media:
        css = {"all": ("admin-shop/cards.css", "admin-shop/payments.css")}  # noqa: RUF012 - as Django has it

    def get_queryset(self, request: HttpRequest) -> QuerySet[MirroredPaymentIntent]:
        return MirroredPaymentIntent.objects.defer("metadata")

    @admin.display
    def status(self, intent: MirroredPaymentIntent) -> str:
        return intent.stripe_data.get("status", "")

    @admin.display
    def amount(self, intent: MirroredPaymentIntent) -> str:
        data = intent.stripe_data
        return written(from_minor(data["amount"], data["currency"]), data["currency"])

    @admin.display(description="data")
    def readable_data(self, intent: MirroredPaymentIntent) -> str:
        return pretty(intent.stripe_data)
