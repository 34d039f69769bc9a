"""Shops to which much has happened, and in which all is right: the audit finds nothing, nor do Stripe's lists."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.worker import run_due_tasks
from orders import acceptance, endings, refunding, shipping
from orders.audit import at_stripe
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order
from orders.refunding import Wish
from orders.tests import dashboard
from payments import intents
from payments.models import Payment, Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return UserFactory()


@pytest.fixture
def all_is_right(broken):
    def look():
        found = at_stripe.compare(days=30, grace=timedelta(0))
        return broken() == {} and [finding.offences for finding in found] == [(), (), ()]

    return look


def all_news(stripe):
    for _ in range(3):
        run_due_tasks()
        stripe.deliver()
    run_due_tasks()


def opened(*books, **details):
    order = place_order(*books, **details)
    intents.ensure(order.payment)
    return order


def pay(stripe, order, card="pm_card_visa"):
    stripe.sandbox.pay(order.payment.stripe_payment_id, card)
    all_news(stripe)
    order.refresh_from_db()
    return order


def bought(stripe, *books, **details):
    return pay(stripe, opened(*books, **details))


def wish(amount, **more):
    return Wish(key=uuid4(), amount=Decimal(amount), why="Came damaged", **more)


def statuses():
    return sorted(Order.objects.values_list("status", flat=True))


def test_an_empty_shop(broken):
    assert broken() == {}


def test_orders_on_their_way(stripe, all_is_right, staff):
    book = BookFactory(stock=9)
    place_order(book, quantity=2)
    opened(book)
    bought(stripe, book)
    sent, arrived = bought(stripe, book), bought(stripe, book, quantity=2)
    for order in (sent, arrived):
        shipping.ship(order, key=uuid4(), actor=staff)
    arrived.refresh_from_db()
    arrived.deliver(actor=staff)
    all_news(stripe)

    assert all_is_right()
    assert statuses() == ["CONFIRMED", "DELIVERED", "PENDING", "PENDING", "SHIPPED"]


def test_an_order_in_two_parcels(stripe, all_is_right, staff):
    order = bought(stripe, BookFactory(stock=3), BookFactory(stock=3), quantity=2)
    first = order.lines.first()

    shipping.ship(order, {first.pk: 1}, key=uuid4(), actor=staff)
    all_news(stripe)

    assert all_is_right()
    shipping.ship(order, key=uuid4(), actor=staff)
    assert all_is_right()
    assert statuses() == ["SHIPPED"]


def test_orders_that_ended(stripe, all_is_right):
    book = BookFactory(stock=9)
    expired, given_up = opened(book), opened(book)
    Order.objects.filter(pk=expired.pk).update(hold_expires_at=timezone.now() - timedelta(minutes=1))

    endings.expire_holds()
    endings.cancel(given_up, Order.CancelReason.BY_SHOPPER)
    all_news(stripe)

    assert all_is_right()
    assert statuses() == ["CANCELED", "CANCELED"]
    assert Book.objects.get().stock == 9


def test_a_decline_and_another_card(stripe, all_is_right):
    order = pay(stripe, opened(), "pm_card_chargeDeclined")
    assert all_is_right()

    pay(stripe, order)

    assert all_is_right()
    assert statuses() == ["CONFIRMED"]


def test_an_order_that_costs_nothing(broken):
    book = BookFactory(stock=1)
    Book.objects.update(price=0)

    place_order(Book.objects.get(pk=book.pk), delivery=DeliveryMethodFactory(price=0))
    run_due_tasks()

    assert broken() == {}
    assert statuses() == ["CONFIRMED"]


@pytest.mark.parametrize("is_sold_out", [False, True])
def test_money_that_came_late(stripe, all_is_right, is_sold_out):
    """The order is taken up again, or its money goes back."""
    book = BookFactory(stock=1)
    order = opened(book)
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    Payment.objects.update(status="CANCELED", canceled_at=timezone.now())
    order.cancel(Order.CancelReason.EXPIRED)
    if is_sold_out:
        place_order(book)

    all_news(stripe)

    assert all_is_right()
    assert statuses() == (["CANCELED", "PENDING"] if is_sold_out else ["CONFIRMED"])


def test_money_that_goes_back(stripe, all_is_right, staff):
    order = bought(stripe, BookFactory(stock=4), BookFactory(stock=4))
    first, second = order.lines.all()

    refunding.refund(order, wish("9.99", copies={first.pk: 1}, restock=True), actor=staff)
    assert all_is_right()  # asked for, not sent yet
    all_news(stripe)
    refunding.refund(order, wish("5.00", copies={second.pk: 1}), actor=staff)
    dashboard.refund(stripe, order, 100)
    all_news(stripe)

    assert all_is_right()
    assert Refund.objects.filter(status="SUCCEEDED").count() == 3


def test_a_refund_that_fails_later(stripe, all_is_right, staff):
    order = bought(stripe)
    refunding.refund(order, wish(order.total), actor=staff)
    all_news(stripe)

    stripe.sandbox.fail_refund(stripe.sandbox.refunds()[0]["id"])
    all_news(stripe)

    assert all_is_right()
    assert Payment.objects.get().status == "COMPLETED"


def test_an_order_that_staff_take_back(stripe, all_is_right, staff):
    order = bought(stripe, BookFactory(stock=4), BookFactory(stock=4), quantity=2)
    first, second = order.lines.all()
    refunding.refund(order, wish("9.99", copies={first.pk: 1}, restock=True), actor=staff)
    refunding.refund(order, wish("1.00", copies={second.pk: 1}), actor=staff)
    all_news(stripe)

    endings.take_back(order, key=uuid4(), reason="Sold out", actor=staff)
    assert all_is_right()
    all_news(stripe)

    assert all_is_right()
    assert statuses() == ["CANCELED"]


def test_it_is_taken_up_again_when_the_refund_failed(stripe, all_is_right, staff):
    order = bought(stripe, BookFactory(stock=4))
    endings.take_back(order, key=uuid4(), reason="Sold out", actor=staff)
    all_news(stripe)
    stripe.sandbox.fail_refund(stripe.sandbox.refunds()[0]["id"])
    all_news(stripe)
    assert all_is_right()

    acceptance.take_up_again(order, actor=staff)

    assert all_is_right()
    assert statuses() == ["CONFIRMED"]


def test_a_dispute(stripe, all_is_right):
    bought(stripe)

    stripe.sandbox.dispute(stripe.sandbox.charges()[0]["id"])
    all_news(stripe)

    assert all_is_right()


def test_a_shelf_that_was_counted(broken, staff):
    book = BookFactory(stock=4)

    Book.objects.receive(book, 3, staff)
    Book.objects.correct(book, -2, staff, note="Two are water-damaged")

    assert broken() == {}
    assert Book.objects.get().stock == 5
