"""What breaks half-way: tabs, lines, webhooks, Stripe. Money and order agree in the end, and people are told."""

import pytest
from django.core import mail
from playwright.sync_api import expect

from bookstore.testing.worker import run_due_tasks
from orders.models import Order

from .conftest import wait_for_webhooks
from .shopper import DECLINED_CARD, GOOD_CARD, charged

pytestmark = [pytest.mark.browser, pytest.mark.postgres]

AN_HOUR = 3600


def test_a_tab_closed_right_after_paying_loses_nothing(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    order = shopper.order
    shopper.never_gets_back_to_the_shop()
    with shopper.page.expect_request("**/status/?payment_intent=*"):
        shopper.pays_with(GOOD_CARD)

    shopper.closes_the_tab()
    wait_for_webhooks(sandbox)
    run_due_tasks()

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert [letter.to for letter in mail.outbox] == [[order.email]]
    shopper.visits("/cart/")
    shopper.sees("Your cart is empty")


def test_back_after_paying_shows_the_confirmation_and_no_card_form(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()

    for _ in range(2):
        shopper.goes_back()

        expect(shopper.page.get_by_role("button", name="Pay ")).to_have_count(0)
    shopper.page.go_forward()
    shopper.sees_confirmation()
    assert len(charged(sandbox)) == 1


def test_without_any_webhook_the_return_page_settles(shopper, book, sandbox):
    sandbox.faults.webhook("lose")
    shopper.fills_cart_with(book)
    shopper.checks_out()

    shopper.pays_with(GOOD_CARD)

    shopper.sees_confirmation()
    assert shopper.order.status == Order.Status.CONFIRMED


def test_without_any_webhook_a_decline_is_followed_by_a_success(shopper, book, sandbox):
    sandbox.faults.webhook("lose")
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.pays_with(DECLINED_CARD)
    shopper.is_told("Your bank declined the card.")

    shopper.pays_with(GOOD_CARD)

    shopper.sees_confirmation()


def test_the_status_page_waits_for_a_slow_bank_and_turns_by_itself(shopper, book, sandbox):
    sandbox.faults.delay_next()
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.pays_with(GOOD_CARD)
    shopper.sees("Your bank is working on it")
    expect(shopper.page.get_by_role("link", name="payment")).to_have_count(0)

    sandbox.settle_delayed(sandbox.intents()[0]["id"], succeed=True)

    shopper.sees_confirmation()


def test_the_status_page_turns_when_a_late_webhook_comes(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    sandbox.faults.webhook("delay", types="payment_intent.succeeded", seconds=AN_HOUR)
    sandbox.faults.api("drop", "/v1/payment_intents", method="GET")
    shopper.pays_with(GOOD_CARD)
    shopper.sees("Waiting for your payment")

    sandbox.advance(AN_HOUR)

    shopper.sees_confirmation()


def test_an_answer_that_is_lost_after_the_charge_is_no_failure(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    sandbox.faults.webhook("lose")
    sandbox.faults.api(
        "drop", "/v1/payment_intents", method="POST", count=2, when="after"
    )  # browsers try again
    shopper.loses_lines()
    shopper.may_meet(400)

    shopper.pays_with(GOOD_CARD)

    shopper.sees_confirmation()
    assert len(charged(sandbox)) == 1


def test_a_stripe_that_is_down_loses_no_order_and_can_be_tried_again(shopper, book, sandbox):
    sandbox.faults.api("drop", "/v1/payment_intents")
    shopper.fills_cart_with(book)
    shopper.goes_to_review()
    shopper.presses("Continue to payment")
    shopper.sees("The payment is not ready yet")
    order = shopper.order
    shopper.may_meet(503)
    shopper.presses("Try again")
    shopper.sees("We cannot reach our payment service")

    sandbox.faults.clear()
    shopper.presses("Try again")

    shopper.has_a_card_form()
    assert shopper.order == order
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()
    assert len(sandbox.intents()) == 1


def test_a_blocked_stripe_js_is_told_and_can_be_loaded_again(shopper, book, sandbox):
    shopper.loses_lines()
    shopper.page.route(sandbox.js_url, lambda route: route.abort())
    shopper.fills_cart_with(book)
    shopper.goes_to_review()
    shopper.presses("Continue to payment")
    shopper.is_told("The card form did not load")

    shopper.page.unroute(sandbox.js_url)
    shopper.page.get_by_role("link", name="Load it again").click()

    shopper.has_a_card_form()


def test_a_shopper_who_changes_their_mind_cancels_and_keeps_the_cart(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()

    shopper.presses("Cancel this order")

    shopper.sees("This order was canceled")
    assert [intent["status"] for intent in sandbox.intents()] == ["canceled"]
    shopper.visits("/cart/")
    expect(shopper.page.get_by_role("main")).to_contain_text(book.title)
