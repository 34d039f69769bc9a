"""A parcel goes out."""

from typing import Any
from uuid import UUID

from django import forms

from bookstore.accounts.models import User
from orders import shipping
from orders.admin.situation import Situation
from orders.models import Shipment

from .base import Act, CopiesForm, Refused, in_words

CARRIERS = ("Royal Mail", "Parcelforce", "DPD", "Evri", "DHL", "UPS", "FedEx", "Collected by the shopper")
"""Proposed; any other can be typed."""


class CarrierField(forms.CharField):
    """The page has the usual ones in a list, `carriers`."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"list": "carriers", "autocomplete": "off"})
        super().__init__(max_length=60, required=False, widget=widget, **kwargs)


class ShipForm(CopiesForm):
    verb = "ship"
    carriers = CARRIERS
    carrier = CarrierField()
    tracking = forms.CharField(label="Tracking number", max_length=100, required=False)

    @property
    def left(self) -> dict[int, int]:
        return self.situation.to_ship

    def clean(self) -> None:
        if not self.copies() and not self.errors:
            self.add_error(None, "Put at least one copy into the parcel.")


class Ship(Act):
    name = "ship"
    label = "Ship"
    permission = "orders.ship_order"
    button = "Ship this parcel"
    form = ShipForm

    def is_possible(self, situation: Situation) -> bool:
        return situation.can_be_shipped

    def was_done(self, situation: Situation, key: UUID) -> bool:
        return Shipment.objects.filter(key=key).exists()

    def explain(self, situation: Situation) -> list[str]:
        order = situation.order
        return [
            f"The parcel goes to {order.full_name}, {order.city}. A mail to {order.email} tells what is in it.",
            "What you leave out stays to be shipped with another parcel.",
        ]

    def do(self, form: ShipForm, person: User) -> str:
        order, sent = form.situation.order, form.cleaned_data
        way = {"carrier": sent["carrier"], "tracking": sent["tracking"]}
        try:
            with in_words(order):
                shipping.ship(order, form.copies(), key=sent["key"], actor=person, **way)
        except shipping.NotToShip as refusal:
            raise Refused("Somebody was faster: less is left to ship now.") from refusal
        order.refresh_from_db(fields=["status"])
        if order.status == order.Status.SHIPPED:
            return "The parcel is noted. The order is shipped, and a mail is on its way."
        return "The parcel is noted, and a mail is on its way. The rest is still to be shipped."
