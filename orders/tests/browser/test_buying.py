"""Purchases as they should go."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from bookstore.accounts.factories import PASSWORD, StaffFactory, UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders.models import Order

from .shopper import DETAILS, GOOD_CARD, charged

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


def test_a_guest_buys_two_books(shopper, book, sandbox):
    other = BookFactory.create(title="Silas Marner")
    shopper.fills_cart_with(book, other)
    shopper.checks_out()

    shopper.pays_with(GOOD_CARD)

    shopper.sees_confirmation()
    order = shopper.order
    assert order.status == Order.Status.CONFIRMED
    assert charged(sandbox) == [2293]  # 9.99 + 9.99 + 2.95
    expect(shopper.page.get_by_role("main")).to_contain_text(order.number)
    expect(shopper.page.get_by_role("main")).to_contain_text("£22.93")
    expect(shopper.page.get_by_role("main")).to_contain_text(DETAILS["Address"])
    shopper.visits("/cart/")
    shopper.sees("Your cart is empty")


def test_the_confirmation_mail_leads_back_to_the_order_from_any_browser(shopper, new_shopper, book):
    shopper.fills_cart_with(book)
    shopper.checks_out(email="grace@example.com")
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()
    number = shopper.order.number

    run_due_tasks()

    (letter,) = mail.outbox
    assert letter.to == ["grace@example.com"]
    assert number in letter.subject
    elsewhere = new_shopper()
    elsewhere.page.goto(re.search(r"http://\S+/orders/link/\S+", letter.body)[0])
    elsewhere.sees_confirmation()
    assert elsewhere.order.number == number


def test_a_reload_of_the_confirmation_changes_nothing(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()

    shopper.page.reload()

    shopper.sees_confirmation()
    assert len(charged(sandbox)) == 1


def test_a_signed_in_reader_finds_the_order_in_the_history(shopper, book):
    reader = UserFactory.create(email="ada@example.com")
    shopper.visits("/account/sign-in/")
    shopper.signs_in(reader.email, PASSWORD)
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()
    order = shopper.order

    shopper.visits("/account/orders/")

    assert order.user == reader
    shopper.page.get_by_role("link", name=order.number).click()
    shopper.sees_confirmation()


def test_signing_in_on_the_way_keeps_the_cart(shopper, book):
    reader = UserFactory.create(email="ada@example.com")
    shopper.fills_cart_with(book)

    shopper.visits("/account/sign-in/?next=/checkout/")
    shopper.signs_in(reader.email, PASSWORD)

    shopper.sees("Where shall we send your books?")
    expect(shopper.page.get_by_label("E-mail address")).to_have_value(reader.email)
    shopper.checks_out()
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()
    assert shopper.order.user == reader
    assert [line.title for line in shopper.order.lines.all()] == [book.title]


def test_details_are_corrected_before_they_are_taken(shopper, book):
    shopper.fills_cart_with(book)
    shopper.visits("/checkout/")
    shopper.fills_in_details(email="ada at example")

    shopper.presses("Continue to review")

    shopper.is_told("Enter an e-mail address like name@example.com.")
    expect(shopper.page).to_have_title(re.compile("^Error: "))
    expect(shopper.page.get_by_label("Full name")).to_have_value(DETAILS["Full name"])
    shopper.page.get_by_label("E-mail address").fill(DETAILS["E-mail address"])
    shopper.presses("Continue to review")
    shopper.sees("Is everything right?")


def test_the_whole_purchase_works_by_keyboard(shopper, book):
    type_ = shopper.page.keyboard.type
    shopper.visits(book.get_absolute_url())
    shopper.tabs_to_and_presses("button", "Add to cart")
    shopper.sees("Your cart")
    shopper.tabs_to_and_presses("link", "Check out")
    for label, value in DETAILS.items():
        shopper.tabs_to(shopper.page.get_by_label(re.compile(f"^{label}")))
        type_(value)
    shopper.tabs_to(shopper.page.get_by_role("radio").first)
    shopper.page.keyboard.press("Space")
    shopper.tabs_to_and_presses("button", "Continue to review")
    shopper.sees("Is everything right?")
    shopper.tabs_to_and_presses("button", "Continue to payment")
    shopper.has_a_card_form()

    for label, value in {"Card number": GOOD_CARD, "Expiry date": "1234", "Security code": "123"}.items():
        shopper.tabs_to(shopper.card_form.get_by_label(label))
        type_(value)
    shopper.tabs_to_and_presses("button", "Pay ")

    shopper.sees_confirmation()


def test_staff_find_the_order_in_the_admin_by_its_number(shopper, new_shopper, book):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()
    order = shopper.order
    bookseller = new_shopper()
    bookseller.visits("/admin/")
    bookseller.signs_in(StaffFactory.create().email, PASSWORD)

    bookseller.visits(f"/admin/orders/order/?q={order.number}")
    bookseller.page.get_by_role("link", name=order.number).click()

    expect(bookseller.page.get_by_role("main")).to_contain_text(book.title)
    expect(bookseller.page.get_by_role("main")).to_contain_text(order.payment.stripe_payment_id)
