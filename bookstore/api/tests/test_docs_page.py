"""/api/docs in a browser: readable, from the shop's own files, under the content security policy."""

import os
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser):
    with browser.new_context(viewport={"width": 1280, "height": 1000}) as context:
        yield context.new_page()


def test_the_description_can_be_read_and_loads_nothing_from_elsewhere(page, live_server):
    said, asked, failed = [], [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)

    page.goto(f"{live_server.url}/api/docs")

    expect(page.get_by_role("heading", name=re.compile("^Endpapers API"))).to_be_visible(timeout=30_000)
    expect(page.locator(".opblock")).to_have_count(17)
    page.locator("#operations-payments-openPayment .opblock-summary-control").click()
    operation = page.locator("#operations-payments-openPayment")
    expect(operation.get_by_text("Idempotency-Key").first).to_be_visible()
    expect(operation.get_by_text("clientSecret").first).to_be_visible()
    if shots := os.environ.get("SHOTS"):
        page.screenshot(path=f"{shots}/api-docs.png")
    assert (said, failed) == ([], [])
    elsewhere = {urlsplit(url).netloc for url in asked} - {urlsplit(live_server.url).netloc, ""}
    assert elsewhere == set()


def test_a_token_can_be_entered_and_a_request_tried(page, live_server):
    page.goto(f"{live_server.url}/api/docs/")
    operation = page.locator("#operations-books-listBooks")

    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".live-responses-table tbody .response-col_status")).to_have_text("200")
    page.get_by_role("button", name="Authorize").first.click()
    expect(page.get_by_text("jwtAuth", exact=False).first).to_be_visible()
