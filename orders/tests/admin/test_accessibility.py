"""Every page of orders in the admin: no complaint of axe, light or dark, narrow or wide; no sideways scroll."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from bookstore.accounts.factories import StaffFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.axe import complaints
from orders import refunding, shipping
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order, OrderEvent
from payments import attention, intents

from .conftest import act_page, all_news, page_of, pay, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

LIST = "/admin/orders/order/"


@pytest.fixture
def page(browser: Browser, live_server, sandbox) -> Iterator[Page]:
    """Signed in as somebody who may do everything."""
    session = signed_in(StaffFactory(full_name="Olive Owner")).cookies["session"].value
    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


@pytest.fixture
def order(stripe) -> Order:
    """With a long story: declined, paid, shipped in part, refunded in part, and somebody should look at it."""
    order = place_order(
        BookFactory(title="Emma", stock=4),
        BookFactory(title="The Posthumous Papers of the Pickwick Club, Complete and Illustrated", stock=4),
        delivery=DeliveryMethodFactory(),
    )
    stripe.sandbox.pay(intents.ensure(order.payment).id, "pm_card_chargeDeclinedInsufficientFunds")
    pay(stripe, order)
    all_news(stripe)
    emma = order.lines.get(title="Emma")
    packer = StaffFactory(full_name="Percy Packer")
    shipping.ship(
        order, {emma.pk: 1}, key=uuid4(), carrier="Royal Mail", tracking="AB123456789GB", actor=packer
    )
    wish = refunding.Wish(uuid4(), emma.unit_price, "Came damaged", {emma.pk: 1})
    refunding.refund(order, wish, actor=packer)
    order.note(OrderEvent.Kind.NOTE, "Rang twice.\nWants the rest before Friday.", actor=packer)
    attention.call(attention.Reason.MISMATCH, "pi_other", "Paid twice, it seems", payment=order.payment)
    all_news(stripe)
    return order


def test_the_list_is_accessible(page, order):
    place_order(BookFactory())

    page.goto(LIST)

    assert complaints(page) == []


def test_one_order_is_accessible(page, order):
    page.goto(page_of(order))

    assert complaints(page) == []


@pytest.mark.parametrize("name", ["ship", "refund", "resend", "note"])
def test_the_page_of_an_act_is_accessible_with_and_without_mistakes(page, order, name):
    page.goto(act_page(order, name))
    assert complaints(page) == []

    for field in page.get_by_role("spinbutton").all():
        field.fill("9")
    page.locator(".submit-row .default").click()

    expect(page).to_have_title(re.compile("^Error:"))
    assert complaints(page) == []


def test_the_page_that_says_what_will_happen_is_accessible(page, order):
    page.goto(act_page(order, "refund"))
    page.get_by_label("An amount, for no book").check()
    page.get_by_label("Amount", exact=True).fill("2.50")
    page.get_by_label("Reason").fill("Late")
    page.get_by_role("button", name="Continue").click()
    yes = page.get_by_role("button", name="Yes, send the money back")
    yes.wait_for()
    assert complaints(page) == []

    yes.click()

    page.get_by_text("£2.50 is on its way back.").wait_for()


@pytest.mark.parametrize(
    ("action", "title"), [("mark_shipped", "Mark as shipped"), ("print_packing_slips", "Packing slips")]
)
def test_bulk_pages_are_accessible(page, order, action, title):
    page.goto(LIST)
    page.locator("input.action-select").first.check()
    page.get_by_label("Action:").select_option(action)
    page.get_by_role("button", name="Go").click()
    expect(page).to_have_title(re.compile(f"^{title}"))

    assert complaints(page) == []
