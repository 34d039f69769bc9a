"""An order that costs nothing: no payment, confirmed at once."""

from decimal import Decimal

import pytest
from django.core import mail

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.worker import run_due_tasks
from orders import endings
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import DeliveryMethod, Order
from payments.models import Payment

from .ledger import books_add_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(visitor, stripe):
    shopper = visitor(BookFactory(price=Decimal(0), stock=1))
    DeliveryMethod.objects.filter(pk=shopper.details["delivery_method"]).update(price=0)
    shopper.fills_in()
    return shopper


def test_it_is_confirmed_at_once_and_stripe_hears_nothing(guest, stripe):
    response = guest.places("0.00")

    order = Order.objects.get()
    assert response.url == order.get_absolute_url()
    assert order.status == Order.Status.CONFIRMED
    assert not Payment.objects.exists()
    assert stripe.sandbox.calls == []
    assert not guest.cart.lines.exists()
    assert books_add_up()


def test_its_page_and_mail_say_that_there_was_nothing_to_pay(guest):
    guest.places("0.00")
    run_due_tasks()

    assert "There was nothing to pay." in guest.get("status", Order.objects.get()).content.decode()
    assert "There was nothing to pay." in mail.outbox[0].body


def test_a_double_click_shows_the_same_order(guest):
    responses = [guest.places("0.00"), guest.places("0.00")]

    assert [response.url for response in responses] == [Order.objects.get().get_absolute_url()] * 2


def test_it_has_no_pay_page(guest):
    guest.places("0.00")
    order = Order.objects.get()

    assert guest.get("pay", order).url == order.get_absolute_url()
    assert guest.post("pay", order).url == order.get_absolute_url()


def test_it_can_neither_be_canceled_nor_expire(guest):
    guest.places("0.00")
    order = Order.objects.get()

    guest.post("cancel", order)

    assert endings.expire_holds() == 0
    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED


def test_free_books_with_delivery_to_pay_are_no_free_order():
    order = place_order(BookFactory(price=Decimal(0)), delivery=DeliveryMethodFactory(price=Decimal("2.95")))

    assert (order.status, order.payment.amount) == ("PENDING", Decimal("2.95"))
    assert Book.objects.get().stock == 9
