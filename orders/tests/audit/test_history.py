"""Orders whose history does not lead to where they are, and the audit that names the step."""

import pytest
from django.db import connection
from django.db.models import QuerySet

from bookstore.accounts.factories import UserFactory
from bookstore.append_only import WrittenOnce
from orders.factories import place_order
from orders.models import Order, OrderEvent

from .conftest import lawless, spoil
from .shop import ended, paid

pytestmark = pytest.mark.django_db


def test_steps_that_the_order_has_not_made(broken):
    order = place_order()

    order.note(OrderEvent.Kind.CONFIRMED)

    (offence,) = broken()[9]
    assert offence.startswith(f"order {order.number} is PENDING, after placed its history tells confirmed")


@pytest.mark.parametrize("kind", ["placed", "confirmed", "revived", "delivered"])
def test_a_step_that_cannot_follow(broken, kind):
    order = paid()

    order.note(kind)

    assert [f"after confirmed its history tells {kind}" in offence for offence in broken(9)] == [True]


def test_a_step_that_is_missing(broken):
    order = paid()

    Order.objects.update(status="SHIPPED", shipped_at=order.confirmed_at)

    (offence,) = broken()[9]
    assert offence.startswith(f"order {order.number} is SHIPPED, after placed its history tells confirmed")


def test_a_history_that_does_not_begin(broken):
    order = place_order()

    with lawless(OrderEvent):
        QuerySet(OrderEvent)._raw_delete("default")

        assert broken(9) == [f"order {order.number} is PENDING, its history does not begin"]


def test_a_parcel_that_nobody_knows(broken):
    order = paid()

    order.note(OrderEvent.Kind.SHIPPED, "In part: 1 of them")

    assert broken() == {9: [f"order {order.number} is shipped in part, but no parcel is known"]}


@pytest.mark.parametrize(
    ("make", "missing"), [(paid, {"confirmed_at": None}), (ended, {"cancel_reason": ""})]
)
def test_a_step_without_a_time_or_a_reason(broken, make, missing):
    order = make()

    with lawless(Order):
        spoil(Order, **missing)

        assert broken(9) == [f"order {order.number} is {order.status}, but a time or the reason is missing"]


def test_a_step_stays_when_who_made_it_is_gone(broken):
    order, packer = paid(), UserFactory()
    order.ship(actor=packer)

    packer.delete()

    assert broken() == {}


# 8: histories stay as written


def test_a_history_that_can_be_rewritten(broken):
    drop = {
        "sqlite": "DROP TRIGGER order_event_is_written_once",
        "postgresql": "ALTER TABLE orders_orderevent DISABLE TRIGGER order_event_is_written_once",
    }
    assert broken() == {}

    with connection.cursor() as cursor:
        cursor.execute(drop[connection.vendor])

    assert broken() == {
        8: ["table orders_orderevent has no trigger that keeps its rows as they were written"]
    }


def test_the_program_refuses_as_well(db):
    order = place_order()

    with pytest.raises(WrittenOnce):
        order.events.all().update(text="never")
