"""Parcels go out whole or in part, and arrive."""

from uuid import uuid4

import pytest

from orders import shipping
from orders.models import Order

from .conftest import all_news, copies, messages

pytestmark = pytest.mark.django_db


def test_a_parcel_goes_out_with_all_that_is_left(owner, paid):
    form = owner.form(paid, "ship")
    page = owner.sends(paid, "ship", form, carrier="Royal Mail", tracking="AB123")

    parcel = paid.shipments.get()
    paid.refresh_from_db()
    assert (parcel.carrier, parcel.tracking, parcel.actor) == ("Royal Mail", "AB123", owner.person)
    assert paid.status == Order.Status.SHIPPED
    assert "The order is shipped" in messages(page)
    assert paid.mails.filter(kind="shipped").exists()


def test_some_books_go_out_now_and_the_form_proposes_the_rest_later(owner, paid):
    emma, persuasion = paid.lines.get(title="Emma"), paid.lines.get(title="Persuasion")

    owner.does(paid, "ship", **copies(paid, Emma=1))

    paid.refresh_from_db()
    assert paid.status == Order.Status.CONFIRMED
    form = owner.opens(paid, "ship").context["form"]
    assert [(line, left, field.value()) for line, left, field in form.rows] == [(persuasion, 1, 1)]
    assert shipping.left_to_ship(paid) == {persuasion.pk: 1}
    assert emma.shipped.get().quantity == 1


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        ({"Emma": 2}, "Only 1 left to ship."),
        ({"Emma": -1}, "greater than or equal to 0"),
        ({"Emma": "many"}, "Enter a whole number."),
        ({}, "Put at least one copy into the parcel."),
    ],
)
def test_a_parcel_that_cannot_be_is_told_next_to_its_field_and_nothing_typed_is_lost(
    owner, paid, wanted, complaint
):
    page = owner.does(paid, "ship", **copies(paid, **wanted), tracking="AB123")

    assert complaint in page.text
    assert 'value="AB123"' in page.text
    assert "<title>Error:" in page.text
    assert not paid.shipments.exists()


def test_a_parcel_that_somebody_else_has_shipped_meanwhile_is_not_shipped_in_part(owner, paid):
    form = owner.form(paid, "ship")
    shipping.ship(paid, {paid.lines.get(title="Emma").pk: 1}, key=uuid4())

    page = owner.sends(paid, "ship", form)

    assert "None is left to ship." in page.text
    assert paid.shipments.count() == 1


def test_what_was_refunded_in_full_is_not_shipped(owner, paid, stripe):
    form = owner.form(paid, "ship")
    owner.does(paid, "refund", what="amount", amount="22.93", reason="Sorry")
    all_news(stripe)

    page = owner.sends(paid, "ship", form)

    assert "All of its money has gone back" in page.text
    assert not paid.shipments.exists()


def test_a_shipped_order_is_marked_as_delivered(owner, paid):
    shipping.ship(paid, key=uuid4())

    owner.does(paid, "deliver")

    paid.refresh_from_db()
    assert paid.status == Order.Status.DELIVERED
    assert paid.events.get(kind="delivered").actor == owner.person
