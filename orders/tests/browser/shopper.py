"""A person at a browser, in words that read like what they do."""

import re
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Page,
    Request,
    Response,
    WebError,
    expect,
)

from bookstore.catalog.models import Book
from orders.models import Order
from payments.sandbox.testing import SandboxServer

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
CARD_WITHOUT_FUNDS = "4000000000009995"
EXPIRED_CARD = "4000000000000069"
CARD_WITH_WRONG_CVC = "4000000000000127"
CARD_WITH_3D_SECURE = "4000000000003220"

DETAILS = {
    "E-mail address": "ada@example.com",
    "Full name": "Ada Reader",
    "Address": "12 Endpaper Lane",
    "Town or city": "Leeds",
    "Postcode": "LS1 4AP",
}
PATIENCE = 15_000  # milliseconds; much more than anything takes, for machines that are busy
MOST_TABS = 60
EXPECTED_STATUSES = {402, 422}  # a card that is declined, a form that is not right


class Shopper:
    """One browser profile. `page` is the tab in front; `complaints` is what the browser found wrong on any tab."""

    def __init__(self, context: BrowserContext, shop: str, sandbox: SandboxServer) -> None:
        self.context = context
        self.shop = shop
        self.sandbox = sandbox
        self.complaints: list[str] = []
        self.statuses = set(EXPECTED_STATUSES)
        context.set_default_timeout(PATIENCE)
        context.on("console", self._hear)
        context.on("weberror", self._hear_error)
        context.on("response", self._see)
        context.on("requestfailed", self._miss)
        self.page: Page = context.new_page()

    # The browser

    def visits(self, path: str) -> None:
        self.page.goto(self.shop + path)

    def opens_a_tab(self, path: str) -> Page:
        """A second tab comes to the front; answers the one that was."""
        earlier, self.page = self.page, self.context.new_page()
        self.visits(path)
        return earlier

    def closes_the_tab(self) -> None:
        self.page.close()
        self.page = self.context.new_page()

    def turns_to(self, tab: Page) -> None:
        self.page = tab
        tab.bring_to_front()

    def goes_back(self) -> None:
        self.page.go_back()

    def leaves(self) -> None:
        self.context.close()

    def may_meet(self, status: int) -> None:
        """An answer that would otherwise count as a complaint."""
        self.statuses.add(status)

    def loses_lines(self) -> None:
        """From now on a request that gets no answer is no complaint."""
        self.context.remove_listener("requestfailed", self._miss)

    def never_gets_back_to_the_shop(self) -> None:
        """The line breaks between Stripe's yes and the shop's page."""
        self.page.route("**/status/?payment_intent=*", lambda route: None)

    # The way to the payment

    def signs_in(self, email: str, password: str) -> None:
        """On the shop's page that asks for it, or the admin's."""
        self.page.get_by_label(re.compile("^E-mail address")).fill(email)
        self.page.get_by_label(re.compile("^Password")).fill(password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "sign-in" not in url and "login" not in url)

    def fills_cart_with(self, *books: Book) -> None:
        for book in books:
            self.visits(book.get_absolute_url())
            self.presses("Add to cart")
            expect(self.page.get_by_role("status")).to_contain_text(book.title)

    def fills_in_details(self, **other: str) -> None:
        """Those of Ada Reader; `email=...` for somebody else's."""
        details = DETAILS | ({"E-mail address": other["email"]} if other else {})
        for label, value in details.items():
            self.page.get_by_label(re.compile(f"^{label}")).fill(value)
        self.page.get_by_role("radio").first.check()

    def goes_to_review(self, **details: str) -> None:
        self.visits("/checkout/")
        self.fills_in_details(**details)
        self.presses("Continue to review")
        self.sees("Is everything right?")

    def checks_out(self, **details: str) -> None:
        """From a filled cart to a card form that is ready."""
        self.goes_to_review(**details)
        self.presses("Continue to payment")
        self.has_a_card_form()

    def presses(self, name: str) -> None:
        self._button(name).click()

    def double_clicks(self, name: str) -> None:
        self._button(name).dblclick()

    def tabs_to(self, target: Locator) -> None:
        """From where the keyboard is now, by nothing but the Tab key, to something that then shows it."""
        for _ in range(MOST_TABS):
            if target.evaluate("target => target === document.activeElement && document.hasFocus()"):
                assert target.evaluate("target => getComputedStyle(target).outlineStyle") != "none"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{MOST_TABS} tabs did not lead to {target}")

    def tabs_to_and_presses(self, role: Any, name: str) -> None:
        self.tabs_to(self.page.get_by_role(role, name=name).first)
        self.page.keyboard.press("Enter")

    def _button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))

    # The payment

    @property
    def card_form(self) -> FrameLocator:
        return self.page.frame_locator('iframe[title="Secure card payment"]')

    @property
    def bank(self) -> FrameLocator:
        """The dialog of 3-D Secure."""
        return self.page.frame_locator('iframe[title="3-D Secure authentication"]')

    def has_a_card_form(self) -> None:
        expect(self.page.get_by_role("button", name=re.compile("^Pay "))).to_be_enabled()

    def fills_in_card(self, number: str = GOOD_CARD, expiry: str = "12 / 34", cvc: str = "123") -> None:
        self.card_form.get_by_label("Card number").fill(number)
        self.card_form.get_by_label("Expiry date").fill(expiry)
        self.card_form.get_by_label("Security code").fill(cvc)

    def pays_with(self, card: str = GOOD_CARD) -> None:
        self.fills_in_card(card)
        self.presses("Pay ")

    def approves_3d_secure(self) -> None:
        self._answers_the_bank("Complete authentication")

    def fails_3d_secure(self) -> None:
        self._answers_the_bank("Fail authentication")

    def _answers_the_bank(self, name: str) -> None:
        """By keyboard: a click into a frame of another origin that has only just come may get lost in Chromium."""
        self.bank.get_by_role("button", name=name).press("Enter")

    # What is there to see

    def sees(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)

    def sees_confirmation(self) -> None:
        self.sees("Thank you, your order is confirmed")

    def is_told(self, words: str) -> None:
        """An alert that has the keyboard's focus, so that nobody misses it."""
        alert = self.page.get_by_role("alert")
        expect(alert).to_contain_text(words)
        expect(alert).to_be_focused()

    @property
    def order(self) -> Order:
        """The order of the page in front."""
        found = re.search(r"/checkout/([A-Z0-9-]+)/", self.page.url)
        assert found, f"{self.page.url} is about no order"
        return Order.objects.get(number=found[1])

    # What the browser reports

    def _hear(self, message: ConsoleMessage) -> None:
        # Answers of 400 and above are judged one by one in _see.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {message.text}")

    def _hear_error(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _see(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.statuses:
            self.complaints.append(f"{response.status} {response.url}")

    def _miss(self, request: Request) -> None:
        # Whoever leaves a page ends what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.failure} {request.url}")


def charged(sandbox: SandboxServer) -> list[int]:
    """The amounts that were really taken, in minor units."""
    return [charge["amount"] for charge in sandbox.charges() if charge["status"] == "succeeded"]
