"""Acts on many orders at once: the morning's parcels."""

from collections.abc import Callable, Iterable
from typing import Any, cast
from uuid import uuid4, uuid5

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from bookstore.accounts.models import User
from orders import shipping
from orders.models import Order

from .acts.shipping import CARRIERS, CarrierField

MOST = 200
"""Orders at once: more is a slip of the hand."""


class BulkForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)


class BulkShipForm(BulkForm):
    carriers = CARRIERS
    carrier = CarrierField(
        help_text="The same for all of them. Ship an order from its own page to note a tracking number."
    )


class BulkActs(admin.ModelAdmin):
    def has_ship_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.ship_order")

    @admin.action(description="Mark as shipped", permissions=["ship"])
    def mark_shipped(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        """All that is left of each order, as one parcel. Each has a key of its own, made from the form's."""

        def ship(order: Order, form: BulkForm) -> None:
            key = uuid5(form.cleaned_data["key"], str(order.pk))
            carrier = form.cleaned_data["carrier"]
            shipping.ship(order, key=key, carrier=carrier, actor=cast("User", request.user))

        return self._each(request, orders, BulkShipForm, ship, "shipped")

    @admin.action(description="Mark as delivered", permissions=["ship"])
    def mark_delivered(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        def deliver(order: Order, form: BulkForm) -> None:
            order.deliver(actor=cast("User", request.user))

        return self._each(request, orders, BulkForm, deliver, "delivered")

    def _each(
        self,
        request: HttpRequest,
        orders: QuerySet[Order],
        form_class: type[BulkForm],
        act: Callable[[Order, Any], None],
        done: str,
    ) -> HttpResponse | None:
        """Ask first; then do it to every order. Those with which it cannot be done are named, the others are done."""
        if too_many(self, request, orders):
            return None
        sent = request.POST if "key" in request.POST else None
        form = form_class(sent, initial={"key": uuid4()}, label_suffix="")
        if not form.is_valid():
            return self._ask(request, orders, form, done)
        moved = 0
        for order in orders:
            try:
                act(order, form)
                moved += 1
            except (Order.WrongStatus, shipping.NotToShip) as refusal:
                words = f"{order.number} is {_state(order, refusal)}, it cannot be {done}."
                self.message_user(request, words, messages.ERROR)
        if moved:
            self.message_user(request, f"{moved} marked as {done}.", messages.SUCCESS)
        return None

    def _ask(self, request: HttpRequest, orders: Iterable[Order], form: BulkForm, done: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": f"Mark as {done}",
            "orders": orders,
            "form": form,
            "done": done,
            "action": request.POST["action"],
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/orders/order/bulk.html", context)


def too_many(page: admin.ModelAdmin, request: HttpRequest, orders: QuerySet[Order]) -> bool:
    """Whether they are more than MOST; the person is told."""
    if is_too_many := orders.count() > MOST:
        page.message_user(request, f"Choose at most {MOST} orders at once.", messages.ERROR)
    return is_too_many


def _state(order: Order, refusal: Exception) -> str:
    if isinstance(refusal, Order.Refunded):
        return "refunded in full"
    order.refresh_from_db(fields=["status"])
    return order.get_status_display().lower()
