"""Orders and payments in JSON. Every field is named; amounts are in units of the currency."""

from typing import Any

from rest_framework import serializers

from bookstore.api.fields import (
    AgreedAmountField,
    AmountField,
    MomentField,
    QuantityField,
    StrictSerializer,
    TextField,
)
from orders import countries
from orders.addresses import Address
from orders.models import DeliveryMethod, Order, OrderLine
from payments.models import Payment


class AddressInput(StrictSerializer):
    fullName = TextField(max_length=120, source="full_name")
    line1 = TextField(max_length=120, source="address_line1")
    line2 = TextField(max_length=120, source="address_line2", required=False, allow_blank=True, default="")
    city = TextField(max_length=80)
    postalCode = TextField(max_length=16, source="postal_code", required=False, allow_blank=True, default="")
    country = serializers.ChoiceField(choices=countries.choices(), help_text="ISO 3166-1 code")

    def to_internal_value(self, data: Any) -> Address:
        return Address(**super().to_internal_value(data))


class OrderInput(StrictSerializer):
    """What the order needs besides the user's cart."""

    email = serializers.EmailField(
        max_length=254, required=False, trim_whitespace=False, help_text="Left out: the user's own"
    )
    shippingAddress = AddressInput()
    deliveryMethodId = QuantityField(min_value=1, max_value=2**31 - 1)
    agreedTotal = AgreedAmountField(help_text="The total that the shopper saw; nothing else is ever charged")


class AddressSerializer(serializers.Serializer):
    fullName = serializers.CharField(source="full_name")
    line1 = serializers.CharField(source="address_line1")
    line2 = serializers.CharField(source="address_line2", allow_blank=True)
    city = serializers.CharField()
    postalCode = serializers.CharField(source="postal_code", allow_blank=True)
    country = serializers.CharField()


class OrderLineSerializer(serializers.ModelSerializer):
    unitPrice = AmountField(source="unit_price")
    total = AmountField()

    class Meta:
        model = OrderLine
        fields = ("isbn13", "title", "unitPrice", "quantity", "total")
        read_only_fields = fields


class OrderSerializer(serializers.ModelSerializer):
    shippingAddress = AddressSerializer(source="*")
    deliveryMethod = serializers.CharField(source="delivery_name")
    subtotal = AmountField()
    deliveryPrice = AmountField(source="delivery_price")
    tax = AmountField()
    total = AmountField()
    lines = OrderLineSerializer(many=True)
    cancelReason = serializers.ChoiceField(
        choices=Order.CancelReason.choices, source="cancel_reason", allow_blank=True
    )
    holdExpiresAt = MomentField(source="hold_expires_at", allow_null=True)
    createdAt = MomentField(source="placed_at")
    confirmedAt = MomentField(source="confirmed_at", allow_null=True)
    canceledAt = MomentField(source="canceled_at", allow_null=True)

    class Meta:
        model = Order
        fields = (
            "id",
            "number",
            "status",
            "cancelReason",
            "email",
            "shippingAddress",
            "deliveryMethod",
            "lines",
            "subtotal",
            "deliveryPrice",
            "tax",
            "total",
            "currency",
            "holdExpiresAt",
            "createdAt",
            "confirmedAt",
            "canceledAt",
        )
        read_only_fields = fields


class OrderPage(serializers.Serializer):
    orders = OrderSerializer(many=True)
    total = serializers.IntegerField(help_text="Orders on all pages")
    page = serializers.IntegerField()
    pages = serializers.IntegerField()


class PaymentSerializer(serializers.ModelSerializer):
    """The contract's payment."""

    orderId = serializers.UUIDField(source="order_id")
    stripePaymentId = serializers.CharField(source="stripe_payment_id", allow_null=True)
    amount = AmountField()
    createdAt = MomentField(source="created_at")

    class Meta:
        model = Payment
        fields = ("id", "orderId", "stripePaymentId", "amount", "status", "createdAt")
        read_only_fields = fields


class OpenedPayment(serializers.Serializer):
    """What Stripe.js or a mobile SDK needs. The client secret belongs to the shopper: never log or store it."""

    clientSecret = serializers.CharField()
    paymentIntentId = serializers.CharField()


class ConfirmInput(StrictSerializer):
    paymentIntentId = TextField(max_length=255)


class DeliveryMethodSerializer(serializers.ModelSerializer):
    price = AmountField()
    freeAbove = AmountField(
        source="free_above", allow_null=True, help_text="Free for books worth this much or more"
    )

    class Meta:
        model = DeliveryMethod
        fields = ("id", "name", "description", "price", "freeAbove")
        read_only_fields = fields


class DeliveryMethods(serializers.Serializer):
    deliveryMethods = DeliveryMethodSerializer(many=True)
