"""Ways of delivery: a table that staff edit."""

from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from orders.factories import DeliveryMethodFactory
from orders.models import DeliveryMethod
from orders.templatetags.delivery import delivery_price

pytestmark = pytest.mark.django_db


def test_a_new_shop_delivers_in_two_ways():
    DeliveryMethod.objects.all().delete()

    import_module("orders.migrations.0002_delivery_methods").offer_delivery(apps, None)

    offered = [(method.name, method.price) for method in DeliveryMethod.objects.on_offer()]

    assert offered == [("Standard", Decimal("2.95")), ("Express", Decimal("6.95"))]


@pytest.mark.parametrize(
    ("subtotal", "price"), [("0.00", "2.95"), ("29.99", "2.95"), ("30.00", "0.00"), ("99.00", "0.00")]
)
def test_delivery_is_free_from_an_amount_on(subtotal, price):
    method = DeliveryMethod(price=Decimal("2.95"), free_above=Decimal("30.00"))

    assert method.price_for(Decimal(subtotal)) == Decimal(price)


def test_without_such_an_amount_delivery_is_never_free():
    assert DeliveryMethod(price=Decimal("6.95")).price_for(Decimal("5000")) == Decimal("6.95")


def test_a_way_that_was_switched_off_is_not_offered():
    method = DeliveryMethodFactory(active=False)

    assert method not in DeliveryMethod.objects.on_offer()


def test_ways_come_in_the_order_that_staff_gave_them():
    last, first = DeliveryMethodFactory(position=9), DeliveryMethodFactory(position=8)

    assert list(DeliveryMethod.objects.on_offer())[-2:] == [first, last]


def test_a_price_below_nothing_is_refused_by_form_and_database():
    method = DeliveryMethodFactory.build(price=Decimal("-1"))

    with pytest.raises(ValidationError):
        method.full_clean()
    with pytest.raises(IntegrityError, match="delivery_price_is_not_negative"), transaction.atomic():
        method.save()


def test_prices_are_said_in_words():
    method = DeliveryMethod(price=Decimal("2.95"), free_above=Decimal("30.00"))

    assert delivery_price(method, Decimal("5.00")) == "£2.95"
    assert delivery_price(method, Decimal("30.00")) == "free"
