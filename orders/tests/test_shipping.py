"""Parcels: a whole order at once, or book by book; noted once, however often the form is sent."""

from uuid import uuid4

import pytest
from django.core import mail

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders import shipping
from orders.factories import place_order
from orders.models import Order, OrderEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    """Two copies of one book and one of another, accepted."""
    order = place_order(BookFactory(title="Emma", stock=5), BookFactory(title="Persuasion", stock=5))
    order.confirm()
    return order


def line(order, title):
    return order.lines.get(title=title)


def history(order):
    return list(order.events.filter(kind=OrderEvent.Kind.SHIPPED).values_list("text", flat=True))


def test_a_whole_order_goes_out_and_its_shopper_is_told(order):
    packer = UserFactory()

    shipping.ship(order, key=uuid4(), carrier="Royal Mail", tracking="AB123", actor=packer)
    run_due_tasks()

    order.refresh_from_db()
    assert order.status == Order.Status.SHIPPED
    assert order.events.get(kind="shipped").actor == packer
    assert history(order) == ["Royal Mail, AB123"]
    (told,) = mail.outbox
    assert "on its way" in told.subject
    assert "AB123" in told.body
    assert "Emma" in told.body
    assert "Persuasion" in told.body


def test_what_is_left_goes_out_later(order):
    emma, persuasion = line(order, "Emma"), line(order, "Persuasion")

    shipping.ship(order, {emma.pk: emma.quantity}, key=uuid4())
    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert shipping.left_to_ship(order) == {persuasion.pk: persuasion.quantity}

    shipping.ship(order, key=uuid4())
    run_due_tasks()

    order.refresh_from_db()
    assert order.status == Order.Status.SHIPPED
    assert shipping.left_to_ship(order) == {}
    assert len(mail.outbox) == 2
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == 2


def test_a_form_that_is_sent_twice_ships_once(order):
    key = uuid4()

    first, second = shipping.ship(order, key=key), shipping.ship(order, key=key)
    run_due_tasks()

    assert first == second
    assert order.shipments.count() == len(mail.outbox) == 1


@pytest.mark.parametrize("copies", [{}, {"Emma": 2}, {"Emma": -1}, {"Emma": 0}])
def test_more_than_is_left_or_nothing_does_not_go_out(order, copies):
    wanted = {line(order, title).pk: n for title, n in copies.items()}

    with pytest.raises(shipping.NotToShip):
        shipping.ship(order, wanted, key=uuid4())

    assert not order.shipments.exists()


def test_another_orders_line_does_not_go_out(order):
    theirs = place_order().lines.get()

    with pytest.raises(shipping.NotToShip):
        shipping.ship(order, {theirs.pk: 1}, key=uuid4())


@pytest.mark.parametrize("status", ["PENDING", "CANCELED"])
def test_only_an_accepted_order_is_shipped(status):
    order = place_order()
    if status == "CANCELED":
        order.cancel()

    with pytest.raises(Order.WrongStatus):
        shipping.ship(order, key=uuid4())
