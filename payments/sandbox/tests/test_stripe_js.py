"""The stand-in for Stripe.js in a real browser, on a page whose CSP allows nothing inline."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from .shop_page import ShopPage

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(sandbox) -> Iterator[ShopPage]:
    page = ShopPage(sandbox)
    yield page
    page.close()


def element(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[name^="__sandboxPaymentElement"]')


def challenge(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[name^="__sandboxChallenge"]')


def fill_card(page: Page, number: str, expiry: str = "12 / 34", cvc: str = "123") -> None:
    frame = element(page)
    frame.get_by_label("Card number").fill(number)
    frame.get_by_label("Expiry date").fill(expiry)
    frame.get_by_label("Security code").fill(cvc)


def pay(page: Page) -> None:
    page.get_by_role("button", name="Pay").click()


def message(page: Page):
    return page.get_by_role("alert")


def test_a_good_card_pays_without_leaving_the_page(page, shop, sandbox, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, "4242424242424242")

    pay(page)

    expect(message(page)).to_have_text("Status: succeeded")
    assert [intent["status"] for intent in sandbox.intents()] == ["succeeded"]


def test_with_redirect_always_the_page_goes_to_the_return_url(page, shop, new_intent):
    intent = new_intent()
    page.goto(shop.url(intent.client_secret, redirect="always"))
    fill_card(page, "4242424242424242")

    pay(page)

    page.wait_for_url("**/return?**")
    assert parse_qs(urlsplit(page.url).query) == {
        "order": ["7"],
        "payment_intent": [intent.id],
        "payment_intent_client_secret": [intent.client_secret],
        "redirect_status": ["succeeded"],
    }


def test_after_a_decline_the_same_form_pays_with_another_card(page, shop, sandbox, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, "4000000000000002")
    pay(page)
    expect(message(page)).to_have_text("Your card was declined.")
    error = page.evaluate("result.error")
    assert (error["type"], error["decline_code"]) == ("card_error", "generic_decline")
    assert error["payment_intent"]["status"] == "requires_payment_method"

    fill_card(page, "5555555555554444")
    pay(page)

    expect(message(page)).to_have_text("Status: succeeded")
    assert [charge["status"] for charge in sandbox.charges()] == ["failed", "succeeded"]


def test_a_wrong_security_code_is_shown_at_its_field(page, shop, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, "4000000000000127")

    pay(page)

    field = element(page).get_by_label("Security code")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Your card's security code is incorrect.")


def test_3d_secure_completed_pays(page, shop, sandbox, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, "4000002760003184")
    pay(page)

    challenge(page).get_by_role("button", name="Complete authentication").click()

    expect(message(page)).to_have_text("Status: succeeded")
    expect(page.locator("dialog")).to_have_count(0)


def test_3d_secure_failed_tells_the_shopper_and_another_card_pays(page, shop, sandbox, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, "4000002760003184")
    pay(page)
    challenge(page).get_by_role("button", name="Fail authentication").click()
    expect(message(page)).to_contain_text("unable to authenticate")
    assert page.evaluate("result.error.code") == "payment_intent_authentication_failure"

    fill_card(page, "4242424242424242")
    pay(page)

    expect(message(page)).to_have_text("Status: succeeded")


def test_3d_secure_completed_and_then_declined(page, shop, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, "4000008400001629")
    pay(page)

    challenge(page).get_by_role("button", name="Complete authentication").click()

    expect(message(page)).to_have_text("Your card was declined.")


def test_3d_secure_abandoned_leaves_the_intent_open(page, shop, sandbox, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, "4000002760003184")
    pay(page)
    expect(challenge(page).get_by_role("button", name="Complete authentication")).to_be_focused()

    page.keyboard.press("Escape")
    page.close()

    assert sandbox.intents()[0]["status"] == "requires_action"


def test_an_incomplete_form_sends_nothing_and_points_to_each_field(page, shop, sandbox, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    element(page).get_by_label("Card number").fill("4242")
    calls = len(sandbox.calls)

    pay(page)

    expect(message(page)).to_have_text("Your card number is incomplete.")
    assert page.evaluate("result.error.type") == "validation_error"
    for label in ("Card number", "Expiry date", "Security code"):
        expect(element(page).get_by_label(label)).to_have_attribute("aria-invalid", "true")
    expect(element(page).get_by_label("Card number")).to_be_focused()
    assert len(sandbox.calls) == calls


def test_a_button_that_is_held_down_does_not_move_away(page, shop, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, "378282246310005", cvc="123")
    where = page.get_by_role("button", name="Pay").bounding_box()

    page.mouse.move(where["x"] + 10, where["y"] + 2)
    page.mouse.down()
    page.wait_for_function("seen.some(([name]) => name === 'blur')")
    page.evaluate("elements.fetchUpdates()")  # whatever the frame said meanwhile has come
    page.mouse.up()

    expect(message(page)).to_have_text("Your card's security code is incomplete.")


def test_a_mistake_is_shown_as_soon_as_the_next_field_is_reached(page, shop, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    number = element(page).get_by_label("Card number")
    number.fill("4242424242424241")

    page.keyboard.press("Tab")

    expect(element(page).get_by_label("Expiry date")).to_be_focused()
    expect(number).to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(
    ("number", "expiry", "cvc", "code"),
    [
        ("4242424242424241", "12 / 34", "123", "incorrect_number"),
        ("4242424242424242", "12 / 20", "123", "invalid_expiry_year_past"),
        ("4242424242424242", "13 / 34", "123", "invalid_expiry_month"),
        ("4242424242424242", "12", "123", "incomplete_expiry"),
        ("378282246310005", "12 / 34", "123", "incomplete_cvc"),
    ],
)
def test_each_mistake_has_its_code(page, shop, new_intent, number, expiry, cvc, code):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, number, expiry, cvc)

    pay(page)

    expect(message(page)).not_to_be_empty()
    assert page.evaluate("result.error.code") == code


def test_what_is_typed_is_formatted_and_change_events_tell_when_it_is_complete(page, shop, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    frame = element(page)

    frame.get_by_label("Card number").press_sequentially("378282246310005")
    frame.get_by_label("Expiry date").press_sequentially("934")
    frame.get_by_label("Security code").press_sequentially("12345")

    expect(frame.get_by_label("Card number")).to_have_value("3782 822463 10005")
    expect(frame.get_by_label("Expiry date")).to_have_value("09 / 34")
    expect(frame.get_by_label("Security code")).to_have_value("1234")
    expect(page.locator("body[data-complete=true]")).to_be_visible()
    assert page.evaluate("seen[0][0]") == "ready"


def test_the_frame_grows_with_its_messages_and_takes_the_pages_colours(page, shop, new_intent):
    page.goto(shop.url(new_intent().client_secret, theme="dark"))
    frame = page.locator('iframe[name^="__sandboxPaymentElement"]')
    field = element(page).get_by_label("Card number")
    expect(field).to_have_css("background-color", "rgb(27, 34, 43)")
    expect(frame).to_have_css("color-scheme", "light")  # else a dark page gets a white box behind the form
    expect(frame).not_to_have_css("height", "0px")
    before = frame.evaluate("frame => frame.style.height")

    pay(page)

    expect(frame).not_to_have_css("height", before)
    expect(element(page).get_by_text("Sandbox – no real card is charged")).to_be_in_viewport()


def test_the_api_of_the_elements_besides_paying(page, shop, new_intent):
    intent = new_intent()
    page.goto(shop.url(intent.client_secret))
    fill_card(page, "4242424242424242")

    submitted = page.evaluate("elements.submit()")
    updated = page.evaluate("elements.fetchUpdates()")
    retrieved = page.evaluate("stripe.retrievePaymentIntent(clientSecret)")
    page.evaluate("element.clear()")

    assert submitted == {"selectedPaymentMethod": "card"}
    assert updated == {}
    assert retrieved["paymentIntent"]["id"] == intent.id
    expect(element(page).get_by_label("Card number")).to_have_value("")


def test_in_deferred_mode_the_intent_comes_after_the_form(page, shop, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    page.evaluate(
        """() => {
          element.destroy();
          window.later = stripe.elements({mode: "payment", amount: 1999, currency: "gbp"});
          later.create("payment").mount("#payment-element");
        }"""
    )
    fill_card(page, "4242424242424242")

    too_early = page.evaluate(
        "stripe.confirmPayment({elements: later, clientSecret, redirect: 'if_required'}).catch((error) => error.name)"
    )
    page.evaluate("later.submit()")
    result = page.evaluate("stripe.confirmPayment({elements: later, clientSecret, redirect: 'if_required'})")

    assert too_early == "IntegrationError"
    assert result["paymentIntent"]["status"] == "succeeded"


def test_an_abandoned_3d_secure_can_be_started_again_in_another_tab(page, shop, sandbox, new_intent):
    intent = new_intent()
    sandbox.pay(intent.id, "pm_card_authenticationRequired")

    page.goto(shop.url(intent.client_secret))
    fill_card(page, "4000000000003220")
    pay(page)
    challenge(page).get_by_role("button", name="Complete authentication").click()

    expect(message(page)).to_have_text("Status: succeeded")


def test_a_cut_line_is_told_as_a_connection_error(page, shop, sandbox, new_intent):
    page.goto(shop.url(new_intent().client_secret))
    fill_card(page, "4242424242424242")
    sandbox.faults.api("drop", "/v1/payment_intents", count=10)

    pay(page)

    expect(message(page)).to_contain_text("could not reach")
    assert page.evaluate("result.error.type") == "api_connection_error"
    sandbox.faults.clear()


def test_a_redirecting_3d_secure_leads_back_to_the_shop(page, shop, stripe_api, new_intent):
    intent = new_intent(automatic_payment_methods={"enabled": True})
    confirmed = stripe_api.payment_intents.confirm(
        intent.id,
        {"payment_method": "pm_card_authenticationRequired", "return_url": f"{shop.origin}/return?order=7"},
    )

    page.goto(confirmed.next_action.redirect_to_url.url)
    page.get_by_role("button", name="Fail authentication").click()

    page.wait_for_url("**/return?**")
    assert parse_qs(urlsplit(page.url).query)["redirect_status"] == ["failed"]
