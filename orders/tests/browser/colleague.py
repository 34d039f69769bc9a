"""Somebody of staff at the admin, in words that read like what they do."""

import re

from playwright.sync_api import Download, Locator, expect

from bookstore.accounts.factories import PASSWORD
from bookstore.accounts.models import User
from orders.models import Order

from .shopper import Shopper


class Colleague(Shopper):
    """One browser profile. What the browser complains about, the test fails on."""

    person: User

    def comes_in(self, person: User) -> None:
        self.person = person
        self.visits("/admin/")
        self.signs_in(person.email, PASSWORD)
        self.sees("Site administration")

    # Ways

    def opens_section(self, name: str) -> None:
        """From the front page, as Django's admin lists them."""
        self.visits("/admin/")
        self.page.locator("#content-main th").get_by_role("link", name=name, exact=True).click()

    def opens_order(self, order: Order) -> None:
        """By its number, in the list."""
        self.opens_section("Orders")
        self.page.locator("#searchbar").fill(order.number)
        self.page.keyboard.press("Enter")
        self.page.get_by_role("row").get_by_role("link", name=order.number).click()
        expect(self.page.get_by_role("heading", name=order.number)).to_be_visible()

    def follows(self, name: str) -> None:
        self.page.locator("#content").get_by_role("link", name=name, exact=True).click()

    def chooses(self, *orders: Order, action: str) -> None:
        """Tick orders in the list, and do something with all of them."""
        self.opens_section("Orders")
        for order in orders:
            self.page.get_by_role("row").filter(has_text=order.number).get_by_role("checkbox").check()
        self.page.get_by_label("Action:").select_option(label=action)
        self.presses("Go")

    # Forms

    def fills_in(self, **fields: str) -> None:
        """`fills_in(Tracking_number="AB1")`: blanks of a label are written as underscores."""
        for label, text in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(text)

    def takes(self, copies: int, title: str) -> None:
        self.page.get_by_label(f"Copies of {title}").fill(str(copies))

    def picks(self, words: str) -> None:
        self.page.get_by_label(words).check()

    def scans(self, isbn: str) -> None:
        """A scanner types into whatever has the keyboard, ends with Enter, and does not wait."""
        expect(self.page.locator("#id_isbn")).to_be_focused()  # by itself: nobody reaches for the mouse
        with self.page.expect_navigation():
            self.page.keyboard.type(isbn)
            self.page.keyboard.press("Enter")

    def downloads(self, name: str) -> str:
        with self.page.expect_download() as waiting:
            self.follows(name)
        return _text(waiting.value)

    # What is there to see

    def sees_message(self, words: str) -> None:
        expect(self.page.locator(".messagelist")).to_contain_text(words)

    def sees_in_story(self, words: str) -> None:
        expect(self.page.get_by_role("region", name="Timeline")).to_contain_text(words)

    def cannot_follow(self, name: str) -> None:
        expect(self.page.get_by_role("link", name=re.compile(name))).to_have_count(0)

    def is_refused(self, path: str) -> None:
        self.may_meet(403)
        answer = self.page.goto(self.shop + path)
        assert answer is not None
        assert answer.status == 403, path

    @property
    def slips(self) -> Locator:
        return self.page.get_by_role("article")


def _text(download: Download) -> str:
    return download.path().read_text(encoding="utf-8-sig")
