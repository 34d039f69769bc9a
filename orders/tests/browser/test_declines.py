"""Cards that the bank declines, and 3-D Secure: nothing is lost, and another try goes on where the last one ended."""

import pytest
from playwright.sync_api import expect

from bookstore.testing.worker import run_due_tasks
from orders.models import Order
from payments.models import Payment

from .conftest import wait_for_webhooks
from .shopper import (
    CARD_WITH_3D_SECURE,
    CARD_WITH_WRONG_CVC,
    CARD_WITHOUT_FUNDS,
    DECLINED_CARD,
    DETAILS,
    EXPIRED_CARD,
    GOOD_CARD,
    charged,
)

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


def test_after_a_decline_another_card_pays_the_same_order(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    order = shopper.order
    shopper.pays_with(DECLINED_CARD)
    shopper.is_told("Your bank declined the card. Try another card, or ask your bank for the reason.")
    shopper.is_told("You have not been charged")

    shopper.pays_with(GOOD_CARD)

    shopper.sees_confirmation()
    assert shopper.order == order
    assert [intent["status"] for intent in sandbox.intents()] == ["succeeded"]
    assert len(charged(sandbox)) == 1


def test_a_decline_keeps_cart_order_and_address(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.pays_with(DECLINED_CARD)
    shopper.is_told("Your bank declined the card.")
    order = shopper.order

    wait_for_webhooks(sandbox)
    run_due_tasks()

    order.refresh_from_db()
    assert order.status == Order.Status.PENDING
    assert order.payment.status == Payment.Status.FAILED
    assert order.address_line1 == DETAILS["Address"]
    assert [line.book for line in order.cart.lines.all()] == [book]


def test_the_reason_is_still_there_when_the_shopper_comes_back_later(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    pay_page = shopper.page.url.removeprefix(shopper.shop)
    shopper.pays_with(CARD_WITHOUT_FUNDS)
    shopper.is_told("There is not enough money on this card.")
    wait_for_webhooks(sandbox)

    shopper.closes_the_tab()
    shopper.visits(pay_page)

    shopper.is_told("There is not enough money on this card.")
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (CARD_WITHOUT_FUNDS, "There is not enough money on this card."),
        (EXPIRED_CARD, "This card has expired."),
        (CARD_WITH_WRONG_CVC, "The security code is not right."),
    ],
)
def test_a_decline_has_words_of_its_own(shopper, book, card, words):
    shopper.fills_cart_with(book)
    shopper.checks_out()

    shopper.pays_with(card)

    shopper.is_told(words)


def test_a_card_form_with_gaps_points_at_them_and_asks_nobody(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    calls = len(sandbox.calls)

    shopper.presses("Pay ")

    expect(shopper.card_form.get_by_label("Card number")).to_be_focused()
    expect(shopper.card_form.get_by_label("Card number")).to_have_attribute("aria-invalid", "true")
    expect(shopper.page.get_by_role("alert")).to_have_count(0)
    assert len(sandbox.calls) == calls
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()


def test_3d_secure_approved_pays(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()

    shopper.pays_with(CARD_WITH_3D_SECURE)
    shopper.approves_3d_secure()

    shopper.sees_confirmation()
    assert len(charged(sandbox)) == 1


def test_3d_secure_failed_charges_nothing_and_can_be_tried_again(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.pays_with(CARD_WITH_3D_SECURE)
    shopper.fails_3d_secure()
    shopper.is_told("Your bank could not confirm that it was you.")
    assert charged(sandbox) == []

    shopper.pays_with(CARD_WITH_3D_SECURE)
    shopper.approves_3d_secure()

    shopper.sees_confirmation()
    assert len(sandbox.intents()) == len(charged(sandbox)) == 1


def test_3d_secure_abandoned_leaves_the_order_to_be_paid_with_another_card(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    pay_page = shopper.page.url.removeprefix(shopper.shop)
    shopper.pays_with(CARD_WITH_3D_SECURE)
    expect(shopper.bank.get_by_role("button", name="Complete authentication")).to_be_visible()

    shopper.closes_the_tab()
    shopper.visits(pay_page)
    shopper.pays_with(GOOD_CARD)

    shopper.sees_confirmation()
    assert len(sandbox.intents()) == len(charged(sandbox)) == 1
