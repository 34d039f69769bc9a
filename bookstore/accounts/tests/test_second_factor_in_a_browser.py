"""The way through the second factor in a browser: and what axe thinks of each page."""

import pytest
from playwright.sync_api import Locator, Page, expect

from bookstore.accounts.factories import PASSWORD, StaffFactory
from bookstore.testing import axe

from .phone import code_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser, live_server):
    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    yield context.new_page()
    context.close()


def sign_in(page: Page) -> None:
    page.goto("/admin/second-factor/")
    page.fill("#id_username", "pat@example.com")
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")


def complaints_once_there(landmark: Locator) -> list[str]:
    """Of the page with the landmark: the one before may still be leaving."""
    expect(landmark).to_be_visible()
    return axe.complaints(landmark.page)


def test_setting_it_up_and_signing_in_with_a_recovery_code(page):
    pat = StaffFactory(email="pat@example.com", full_name="Pat Packer")
    complaints = []

    sign_in(page)
    set_it_up = page.get_by_role("button", name="Set it up")
    complaints += complaints_once_there(set_it_up)
    set_it_up.click()
    complaints += complaints_once_there(page.get_by_role("button", name="Switch it on"))
    page.get_by_label("Code").fill(code_of(pat.totpdevice_set.get()))
    page.get_by_role("button", name="Switch it on").click()
    complaints += complaints_once_there(page.locator(".recovery-codes"))
    recovery_code = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()

    page.get_by_role("button", name="Log out").click()
    sign_in(page)
    complaints += complaints_once_there(page.get_by_role("button", name="Continue"))
    page.get_by_label("Code").fill(recovery_code)
    page.get_by_role("button", name="Continue").click()
    complaints += complaints_once_there(page.get_by_text("You have 9 recovery codes left"))

    assert complaints == []
