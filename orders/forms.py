"""What the shopper fills in at checkout."""

from typing import Any

from django import forms
from django.conf import settings

from . import countries
from .addresses import Address
from .models import DeliveryMethod


class OneLineField(forms.CharField):
    """Text for one line of a parcel's label or a mail: line breaks and runs of spaces become one space."""

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


def _first_on_offer() -> DeliveryMethod | None:
    return DeliveryMethod.objects.on_offer().first()


class DetailsForm(forms.Form):
    """E-mail, address and delivery: all that an order needs besides books."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="For your order confirmation.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Enter your e-mail address.",
            "invalid": "Enter an e-mail address like name@example.com.",
        },
    )
    full_name = OneLineField(
        label="Full name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "shipping name"}),
        error_messages={"required": "Enter the name of the person who gets the parcel."},
    )
    address_line1 = OneLineField(
        label="Address",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "shipping address-line1"}),
        error_messages={"required": "Enter the street and the house number."},
    )
    address_line2 = OneLineField(
        label="Flat, company, floor",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "shipping address-line2"}),
    )
    city = OneLineField(
        label="Town or city",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "shipping address-level2"}),
        error_messages={"required": "Enter the town or city."},
    )
    postal_code = OneLineField(
        label="Postcode",
        max_length=16,
        help_text="Leave it empty abroad where there are none.",
        error_messages={"required": "Enter the postcode."},
        widget=forms.TextInput(attrs={"autocomplete": "shipping postal-code"}),
    )
    country = forms.ChoiceField(
        label="Country",
        choices=countries.choices,
        initial=settings.SHOP_COUNTRY,
        widget=forms.Select(attrs={"autocomplete": "shipping country"}),
        error_messages={"invalid_choice": "Choose a country from the list."},
    )
    delivery_method = forms.ModelChoiceField(
        label="Delivery",
        queryset=DeliveryMethod.objects.on_offer(),
        initial=_first_on_offer,
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose how your books shall travel.",
            "invalid_choice": "This way of delivery is no longer offered. Choose another one.",
        },
    )

    def clean(self) -> None:
        """Carriers want the postcode in the shop's own country; abroad there are places without one."""
        super().clean()
        at_home = self.cleaned_data.get("country") == settings.SHOP_COUNTRY
        if not at_home and self.has_error("postal_code", code="required"):
            del self.errors["postal_code"]
            self.cleaned_data["postal_code"] = ""

    def address(self) -> Address:
        """The address of a valid form."""
        return Address(**{name: self.cleaned_data[name] for name in Address.__dataclass_fields__})


class ReviewForm(forms.Form):
    """The total that the shopper saw when placing the order; nothing else is charged."""

    agreed_total = forms.DecimalField(min_value=0, max_digits=10, decimal_places=2)
