"""The sandbox's own pages: usable at 360 pixels, by keyboard, and to axe's liking."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

# What a page must have and a frame within a page must not.
PAGE_RULES = ("landmark-one-main", "page-has-heading-one", "region")
LOOKS = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def busy(sandbox, new_intent, stripe_api):
    """A sandbox with something in every table."""
    paid = new_intent()
    sandbox.pay(paid.id, "pm_card_createDispute")
    stripe_api.refunds.create({"payment_intent": paid.id, "amount": 500})
    sandbox.advance(5)
    sandbox.pay(new_intent().id, "pm_card_authenticationRequired")
    sandbox.pay(new_intent().id, "pm_card_chargeDeclined")
    sandbox.faults.webhook("drop", probability=0.5)
    stripe_api.webhook_endpoints.create({"url": "http://127.0.0.1:9/hook", "enabled_events": ["*"]})
    new_intent()
    return sandbox


def look(page: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)


def complaints(page: Page, but: tuple[str, ...] = ()) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found if rule["id"] not in but]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_control_page_is_accessible_and_never_wider_than_the_screen(page, busy, width, scheme):
    look(page, width, scheme)

    page.goto(busy.url)

    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_frames_are_accessible(page, busy, width, scheme):
    look(page, width, scheme)
    waiting = next(intent for intent in busy.intents() if intent["status"] == "requires_action")

    page.goto(f"{busy.url}/elements/payment")
    in_the_form = complaints(page, but=PAGE_RULES)
    page.goto(waiting["next_action"]["use_stripe_sdk"]["stripe_js"])
    in_the_challenge = complaints(page)

    assert in_the_form == []
    assert in_the_challenge == []


def test_a_fault_is_switched_on_and_off_by_keyboard(page, busy):
    busy.faults.clear()
    page.goto(busy.url)
    form = page.get_by_role("group", name="API requests")
    form.get_by_label("What happens").select_option("hang")
    form.get_by_label("When", exact=True).select_option("after")

    form.get_by_role("button", name="Switch on").press("Enter")

    expect(page.get_by_role("status")).to_have_text("The fault is switched on.")
    assert [(fault.effect, fault.when, fault.count) for fault in busy.faults.active] == [("hang", "after", 1)]
    page.get_by_role("button", name="Switch off").press("Enter")
    expect(page.get_by_text("None is switched on.")).to_be_visible()


def test_an_event_is_sent_again_at_the_press_of_a_button(page, busy):
    page.goto(busy.url)
    before = busy.engine.store.count("_delivery")

    page.get_by_role("button", name="Send again").first.click()

    expect(page.get_by_role("status")).to_have_text("Sent again to 1 endpoint.")
    assert busy.engine.store.count("_delivery") == before + 1
