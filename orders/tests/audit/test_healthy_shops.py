"""Shops to which much has happened, and in which everything is right: the audit finds nothing."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.worker import run_due_tasks
from orders import endings
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order
from orders.tests import dashboard
from payments import intents, refunds
from payments.models import Payment, Refund

pytestmark = pytest.mark.django_db


def everything_arrives(stripe):
    run_due_tasks()
    stripe.deliver()
    run_due_tasks()
    stripe.deliver()


def bought(stripe, *books, **details):
    """An order that is paid, and all news of it."""
    order = place_order(*books, **details)
    intents.ensure(order.payment)
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    everything_arrives(stripe)
    order.refresh_from_db()
    return order


def given_back(stripe, order, amount):
    refunds.request(
        Payment.objects.get(order=order), amount, reason=Refund.Reason.REQUESTED_BY_CUSTOMER
    )
    everything_arrives(stripe)


def opened(**details):
    order = place_order(**details)
    intents.ensure(order.payment)
    return order


def test_an_empty_shop_is_right(broken):
    assert broken() == {}


def test_orders_on_their_way_are_right(stripe, broken):
    book, staff = BookFactory(stock=9), UserFactory()
    place_order(book, quantity=2)
    bought(stripe, book)
    sent = bought(stripe, book)
    arrived = bought(stripe, book, quantity=2)
    for order in (sent, arrived):
        order.ship(actor=staff)
    arrived.deliver()

    assert broken() == {}
    assert {order.status for order in Order.objects.all()} == {"PENDING", "CONFIRMED", "SHIPPED", "DELIVERED"}
