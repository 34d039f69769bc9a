"""The morning's parcels: many orders marked, and their slips printed, at once."""

from uuid import uuid4

import pytest
from django.urls import reverse

from bookstore.catalog.factories import BookFactory
from orders import refunding, shipping
from orders.admin import bulk, packing
from orders.factories import place_order
from orders.models import Order
from orders.tests import dashboard

from .conftest import act_page, messages, pay

pytestmark = pytest.mark.django_db

LIST = reverse("admin:orders_order_changelist")


def choose(somebody, action, *orders, **more):
    chosen = {"action": action, "_selected_action": [order.pk for order in orders], **more}
    return somebody.client.post(LIST, chosen, follow=True)


def confirm(somebody, page, *orders, **more):
    key = page.context["form"]["key"].value()
    return choose(somebody, page.context["action"], *orders, key=key, **more)


@pytest.fixture
def two(stripe):
    return [pay(stripe, place_order()) for _ in range(2)]


def test_chosen_orders_are_shipped_and_others_are_named(owner, two):
    pending = place_order()

    asked = choose(owner, "mark_shipped", *two, pending)
    assert not Order.objects.filter(status="SHIPPED").exists()
    page = confirm(owner, asked, *two, pending, carrier="Royal Mail")

    for order in two:
        order.refresh_from_db()
        assert order.status == Order.Status.SHIPPED
        parcel = order.shipments.get()
        assert (parcel.carrier, parcel.actor) == ("Royal Mail", owner.person)
        assert order.mails.filter(kind="shipped").exists()
    assert f"{pending.number} is awaiting payment, it cannot be shipped." in messages(page)
    assert "2 marked as shipped." in messages(page)


def test_what_was_shipped_in_part_goes_out_with_the_rest(owner, paid):
    shipping.ship(paid, {paid.lines.first().pk: 1}, key=uuid4())

    confirm(owner, choose(owner, "mark_shipped", paid), paid)

    paid.refresh_from_db()
    assert paid.status == Order.Status.SHIPPED
    assert paid.shipments.count() == 2


@pytest.mark.parametrize(("amount", "status"), [(1294, "CONFIRMED"), (300, "SHIPPED")])
def test_an_order_that_was_refunded_in_full_is_not_shipped(owner, stripe, amount, status):
    order = pay(stripe, place_order())
    dashboard.refund(stripe, order, amount)
    stripe.deliver()

    page = confirm(owner, choose(owner, "mark_shipped", order), order)

    order.refresh_from_db()
    assert order.status == status
    assert ("refunded in full, it cannot be shipped" in messages(page)) is (amount == 1294)


def test_a_page_that_is_sent_twice_ships_once(owner, two):
    asked = choose(owner, "mark_shipped", *two)

    for _ in range(2):
        confirm(owner, asked, *two)

    assert [order.shipments.count() for order in two] == [1, 1]


def test_shipped_orders_are_marked_as_delivered_once(owner, two):
    for order in two:
        shipping.ship(order, key=uuid4())
    asked = choose(owner, "mark_delivered", *two)

    for _ in range(2):
        confirm(owner, asked, *two)

    for order in two:
        order.refresh_from_db()
        assert order.status == Order.Status.DELIVERED
        assert order.events.filter(kind="delivered").count() == 1


def test_a_slip_of_the_hand_does_not_mark_the_whole_shop(owner, two, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 1)

    for action in ("mark_shipped", "mark_delivered", "print_packing_slips"):
        assert "Choose at most 1 orders at once." in messages(choose(owner, action, *two))


def test_only_those_who_ship_may_mark_and_print(desk, two):
    reader = desk("orders.view_order", "orders.change_order", "orders.refund_order")

    for action in ("mark_shipped", "mark_delivered", "print_packing_slips"):
        page = choose(reader, action, *two, key=uuid4())
        assert "slip" not in page.text
    assert reader.client.get(act_page(two[0], "packing_slip")).status_code == 403
    assert not Order.objects.exclude(status="CONFIRMED").exists()


def test_a_sheet_for_each_order_says_what_to_pack_and_where_it_goes(owner, two):
    page = choose(owner, "print_packing_slips", *two)

    for order in two:
        line = order.lines.get()
        for fact in (
            order.number,
            line.isbn13,
            line.title,
            "12 Endpaper Lane",
            "Leeds<br>LS1 4AP<br>",
            "United Kingdom",
        ):
            assert fact in page.text
    assert page.text.count("<article") == 2
    assert "9.99" not in page.text
    assert "£" not in page.text


def test_only_what_is_left_to_ship_is_on_the_sheet(owner, stripe):
    gone, kept, refunded = (BookFactory(title=title) for title in ("Gone", "Kept", "Refunded"))
    order = pay(stripe, place_order(gone, kept, refunded, quantity=2))
    line = {line.title: line for line in order.lines.all()}
    shipping.ship(order, {line["Gone"].pk: 2, line["Kept"].pk: 1}, key=uuid4())
    wish = refunding.Wish(uuid4(), refunded.price, "Sorry", {line["Refunded"].pk: 2})
    refunding.refund(order, wish, actor=owner.person)

    (slip,) = packing.slips(Order.objects.filter(pk=order.pk))

    assert [(packed.title, left) for packed, left in slip.lines] == [("Kept", 1)]
    assert {packed.pk: left for packed, left in slip.lines} == shipping.left_to_ship(order)
    assert "This parcel holds the rest" in owner.client.get(act_page(order, "packing_slip")).text


def test_orders_that_cannot_be_shipped_have_no_sheet(owner, two):
    shipping.ship(two[0], key=uuid4())

    assert choose(owner, "print_packing_slips", *two).text.count("<article") == 1
    nothing = owner.client.get(act_page(two[0], "packing_slip"), follow=True)
    assert "Nothing of this can be shipped now." in messages(nothing)
    assert owner.client.post(act_page(two[1], "packing_slip")).status_code == 405


def test_many_sheets_take_as_many_queries_as_one(two, django_assert_num_queries):
    with django_assert_num_queries(4):
        assert len(packing.slips(Order.objects.all())) == 2
