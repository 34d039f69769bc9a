"""However often somebody presses, in however many tabs: one order, one PaymentIntent, one charge."""

import pytest
from playwright.sync_api import expect

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from orders.models import Order

from .shopper import GOOD_CARD, charged

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


def test_a_double_click_on_pay_charges_once(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    shopper.fills_in_card(GOOD_CARD)

    shopper.double_clicks("Pay ")

    shopper.sees_confirmation()
    assert len(sandbox.intents()) == len(charged(sandbox)) == 1


@pytest.mark.parametrize("with_script", [True, False])
def test_a_double_click_on_continue_places_one_order(new_shopper, book, sandbox, with_script):
    shopper = new_shopper(java_script_enabled=with_script)
    shopper.fills_cart_with(book)
    shopper.goes_to_review()

    shopper.double_clicks("Continue to payment")

    shopper.sees("Pay £12.94")
    assert Order.objects.count() == len(sandbox.intents()) == 1
    book.refresh_from_db()
    assert book.stock == 9


def test_the_other_tab_shows_what_was_paid_in_this_one(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.checks_out()
    first = shopper.opens_a_tab(shopper.page.url.removeprefix(shopper.shop))
    shopper.has_a_card_form()
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()

    shopper.turns_to(first)
    shopper.may_meet(400)  # Stripe: this PaymentIntent has succeeded already
    shopper.pays_with(GOOD_CARD)

    shopper.sees_confirmation()
    assert len(sandbox.intents()) == len(charged(sandbox)) == 1


def test_two_tabs_with_the_same_review_lead_to_one_order(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.goes_to_review()
    first = shopper.opens_a_tab("/checkout/review/")
    shopper.presses("Continue to payment")
    shopper.has_a_card_form()
    order = shopper.order

    shopper.turns_to(first)
    shopper.presses("Continue to payment")
    shopper.has_a_card_form()

    assert shopper.order == order
    assert len(sandbox.intents()) == 1


def test_the_last_copy_goes_to_whoever_comes_first_and_the_other_is_told_before_paying(new_shopper, sandbox):
    book = BookFactory.create(stock=1)
    early, late = new_shopper(), new_shopper()
    for shopper in (early, late):
        shopper.fills_cart_with(book)
        shopper.goes_to_review()
    early.presses("Continue to payment")
    early.has_a_card_form()

    late.presses("Continue to payment")

    expect(late.page.get_by_role("alert").first).to_contain_text(
        f"“{book.title}” was just bought by someone else"
    )
    assert Order.objects.count() == len(sandbox.intents()) == 1
    early.pays_with(GOOD_CARD)
    early.sees_confirmation()


def test_a_price_that_changes_after_the_review_is_told_before_the_order_is_placed(shopper, book, sandbox):
    shopper.fills_cart_with(book)
    shopper.goes_to_review()
    Book.objects.filter(pk=book.pk).update(price="11.50")

    shopper.presses("Continue to payment – £12.94")

    expect(shopper.page.get_by_role("alert")).to_contain_text("The total is now £14.45; it was £12.94")
    assert not Order.objects.exists()
    shopper.presses("Continue to payment – £14.45")
    shopper.has_a_card_form()
    shopper.pays_with(GOOD_CARD)
    shopper.sees_confirmation()
    assert charged(sandbox) == [1445]
