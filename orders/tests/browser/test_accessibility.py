"""Every page of the path in all its states: no complaint of axe, light or dark, narrow or wide; no sideways scroll."""

import pytest
from playwright.sync_api import expect

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing import axe

from .shopper import CARD_WITH_3D_SECURE, DECLINED_CARD, GOOD_CARD, Shopper

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@pytest.fixture
def shopper(new_shopper) -> Shopper:
    """Asks for no motion: colours are judged when they have arrived."""
    return new_shopper(reduced_motion="reduce")


@pytest.mark.parametrize(
    "path",
    ["/", "/books/", "/books/?q=nothing+of+the+kind", "/cart/", "/account/sign-in/", "/account/sign-up/"],
)
def test_a_page_that_anybody_may_open_is_accessible(shopper, book, path):
    BookFactory.create(title="Antidisestablishmentarianism", stock=2)
    BookFactory.create(stock=0)

    shopper.visits(path)

    assert axe.complaints(shopper.page) == []


def test_a_page_that_is_missing_is_accessible(shopper):
    shopper.may_meet(404)

    shopper.visits("/books/no-such-book/")

    assert axe.complaints(shopper.page) == []


def test_book_and_cart_are_accessible(shopper, book):
    shopper.visits(book.get_absolute_url())
    assert axe.complaints(shopper.page) == []

    shopper.fills_cart_with(book)
    assert axe.complaints(shopper.page) == []


def test_details_and_review_are_accessible_with_and_without_mistakes(shopper, book):
    shopper.fills_cart_with(book)
    shopper.visits("/checkout/")
    assert axe.complaints(shopper.page) == []

    shopper.presses("Continue to review")
    shopper.is_told("There is a problem")
    assert axe.complaints(shopper.page) == []

    shopper.goes_to_review()
    assert axe.complaints(shopper.page) == []


def test_the_pay_page_is_accessible_before_and_after_a_decline(shopper, book):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    assert axe.complaints(shopper.page) == []

    shopper.presses("Pay ")
    expect(shopper.card_form.get_by_label("Card number")).to_have_attribute("aria-invalid", "true")
    assert axe.complaints(shopper.page) == []

    shopper.pays_with(DECLINED_CARD)
    shopper.is_told("The payment did not go through")
    assert axe.complaints(shopper.page) == []


def test_the_dialog_of_3d_secure_is_accessible(shopper, book):
    shopper.fills_cart_with(book)
    shopper.checks_out()

    shopper.pays_with(CARD_WITH_3D_SECURE)

    expect(shopper.bank.get_by_role("button", name="Complete authentication")).to_be_focused()
    assert axe.complaints(shopper.page) == []


def test_the_status_page_is_accessible_while_waiting_and_when_confirmed(shopper, book, sandbox):
    sandbox.faults.delay_next()
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.pays_with(GOOD_CARD)
    shopper.sees("Your bank is working on it")
    assert axe.complaints(shopper.page) == []

    sandbox.settle_delayed(sandbox.intents()[0]["id"], succeed=True)
    shopper.sees_confirmation()
    assert axe.complaints(shopper.page) == []


def test_a_canceled_order_is_accessible(shopper, book):
    shopper.fills_cart_with(book)
    shopper.checks_out()

    shopper.presses("Cancel this order")

    shopper.sees("This order was canceled")
    assert axe.complaints(shopper.page) == []


def test_a_payment_that_cannot_be_opened_is_told_accessibly(shopper, book, sandbox):
    sandbox.faults.api("drop", "/v1/payment_intents")
    shopper.fills_cart_with(book)
    shopper.goes_to_review()
    shopper.presses("Continue to payment")
    shopper.sees("The payment is not ready yet")
    assert axe.complaints(shopper.page) == []

    shopper.may_meet(503)
    shopper.presses("Try again")
    shopper.sees("We cannot reach our payment service")
    assert axe.complaints(shopper.page) == []


def test_account_and_history_are_accessible(shopper, book):
    reader = UserFactory.create()
    shopper.visits("/account/sign-in/?next=/account/orders/")
    shopper.signs_in(reader.email, PASSWORD)
    shopper.sees("Your orders")
    assert axe.complaints(shopper.page) == []

    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.visits("/account/orders/")
    assert axe.complaints(shopper.page) == []

    shopper.visits("/account/")
    assert axe.complaints(shopper.page) == []
