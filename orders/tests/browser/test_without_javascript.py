"""Everything but the card form works without JavaScript, and the card form says why it does not."""

import pytest
from playwright.sync_api import expect

from payments.models import Payment

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


def test_without_javascript_all_works_up_to_the_card_form(new_shopper, book, sandbox):
    shopper = new_shopper(java_script_enabled=False)
    shopper.visits("/books/")
    shopper.page.get_by_role("link", name=book.title).click()
    shopper.presses("Add to cart")
    shopper.page.get_by_role("link", name="Check out").click()
    shopper.fills_in_details(email="nonsense")
    shopper.presses("Continue to review")
    expect(shopper.page.get_by_role("alert")).to_contain_text("Enter an e-mail address")
    shopper.fills_in_details()
    shopper.presses("Continue to review")

    shopper.presses("Continue to payment")

    shopper.sees("Pay £12.94")
    expect(shopper.page.locator("noscript .notice")).to_contain_text("Paying needs JavaScript")
    expect(shopper.page.locator("noscript .notice")).to_be_visible()
    expect(shopper.page.get_by_role("button", name="Pay ")).to_have_count(0)
    expect(shopper.page.get_by_role("main")).to_contain_text(shopper.order.number)


def test_without_javascript_the_status_page_refreshes_itself(new_shopper, book, sandbox):
    shopper = new_shopper(java_script_enabled=False)
    shopper.fills_cart_with(book)
    shopper.goes_to_review()
    shopper.presses("Continue to payment")
    shopper.sees("Pay £12.94")
    shopper.visits(shopper.order.get_absolute_url())
    shopper.sees("Waiting for your payment")

    sandbox.pay(Payment.objects.get().stripe_payment_id)

    shopper.sees_confirmation()
