"""What the pages' one script adds to a form, what is there without it, and what axe thinks of the pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.accounts.models import User
from bookstore.testing.axe import NARROWEST, complaints
from cart.factories import CartFactory, CartLineFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIGN_UP, SIGN_IN, FORGOTTEN = "/account/sign-up/", "/account/sign-in/", "/account/password/forgotten/"


@pytest.fixture
def open_page(browser, live_server) -> Iterator:
    """Opens an address of the shop in a browser profile of its own; whatever the browser complains about fails."""
    contexts, complaints = [], []

    def opened(path: str, **profile) -> Page:
        contexts.append(browser.new_context(base_url=live_server.url, **profile))
        page = contexts[-1].new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def test_a_password_can_be_looked_at_while_it_is_typed(open_page):
    page = open_page(SIGN_UP)
    page.get_by_label("Password", exact=True).fill("three owls")

    page.get_by_role("button", name="Show password").click()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")

    page.get_by_role("button", name="Hide password").click()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "password")


def test_a_second_press_sends_nothing(open_page):
    page = open_page(SIGN_UP)
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)

    page.get_by_role("button", name="Create account").dblclick()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    assert len(posts) == 1
    assert User.objects.count() == 1


def test_after_a_failed_try_the_problems_are_read_first_and_lead_to_their_fields(open_page):
    page = open_page(SIGN_UP)
    page.get_by_label("E-mail address").fill("nobody")

    page.get_by_role("button", name="Create account").click()

    expect(page).to_have_title("Error: Create an account – Endpapers")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.get_by_label("E-mail address")).to_be_focused()
    expect(page.get_by_label("E-mail address")).to_have_value("nobody")


def test_an_error_leaves_when_its_field_is_edited(open_page):
    page = open_page(SIGN_UP)
    page.get_by_role("button", name="Create account").click()
    address = page.get_by_label("E-mail address")
    expect(address).to_have_accessible_description("Error: Enter your e-mail address.")

    address.press_sequentially("a")

    expect(address).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_email_error")).to_have_count(0)


def test_all_of_it_works_without_the_script(open_page):
    page = open_page(SIGN_UP, java_script_enabled=False)
    expect(page.get_by_role("button", name="Show password")).to_have_count(0)
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)

    page.get_by_role("button", name="Create account").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


@pytest.mark.parametrize("path", [SIGN_UP, SIGN_IN, FORGOTTEN])
def test_axe_finds_nothing_on_forms_empty_and_wrong(open_page, path):
    page = open_page(path)
    assert complaints(page) == []

    page.locator("main form button:not([type=button])").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert complaints(page) == []


def test_axe_finds_nothing_on_a_cart_with_all_its_notices(open_page):
    cart = CartFactory(user=UserFactory(email="ada@example.com"))
    CartLineFactory(cart=cart, book__title="The Life and Opinions of Tristram Shandy, Gentleman")
    CartLineFactory(cart=cart, book__stock=2, quantity=4)
    CartLineFactory(cart=cart, book__stock=0)
    CartLineFactory(cart=cart, price_when_added="1.00")
    page = open_page(SIGN_IN + "?next=/cart/")
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your cart")

    assert complaints(page, widths=(NARROWEST, 1280)) == []

    page.get_by_role("button", name="Remove “The Life").click()
    expect(page.get_by_role("button", name="Put “The Life")).to_be_visible()
    assert complaints(page, widths=(NARROWEST, 1280)) == []
