"""Our pages of books and stock: no complaint of axe, light or dark, narrow or wide; no sideways scroll."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from bookstore.accounts.factories import StaffFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing import axe
from orders.factories import place_order

from .test_cover_upload import encoded

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

RECEIVE = reverse("admin:catalog_book_receive")


def complaints(page: Page) -> list[str]:
    """What the Content-Security-Policy refused is a complaint, too; but axe itself brings styles that it refuses."""
    refused = list(page.refused)
    found = axe.complaints(page)
    page.refused.clear()
    return refused + found


@pytest.fixture
def page(browser: Browser, live_server, settings, tmp_path) -> Iterator[Page]:
    settings.MEDIA_ROOT = tmp_path / "media"
    client = Client()
    client.force_login(StaffFactory(full_name="Olive Owner"))
    session = client.cookies["session"].value
    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.refused = []
    page.on("console", lambda said: "Content Security Policy" in said.text and page.refused.append(said.text))
    yield page
    context.close()


@pytest.fixture
def books():
    long = "The Posthumous Papers of the Pickwick Club, Complete and Illustrated"
    return [
        BookFactory(title="Emma", isbn13="9780141439587", stock=2, contributors=["Jane Austen"]),
        BookFactory(title=long, isbn13="9780141439686", stock=5),
    ]


def scan(page: Page, isbn: str) -> None:
    """As a scanner does: it types, and presses Enter; the field has the focus."""
    page.wait_for_load_state()
    page.keyboard.type(isbn)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_delivery_is_scanned_without_touching_the_mouse(page, books):
    page.goto(RECEIVE)
    assert complaints(page) == []

    for isbn in ("9780141439587", "978-0-14-143968-6", "0141439580", "9780141439588"):
        scan(page, isbn)
    expect(page.get_by_text("mistyped")).to_be_visible()
    assert complaints(page) == []
    scan(page, "9780140447927")
    assert complaints(page) == []

    page.get_by_label("Copies of Emma").fill("3")
    page.get_by_label("Supplier’s note").fill("Gardners 4711")
    page.get_by_role("button", name="Book the delivery").click()
    page.get_by_text("Booked: 4 copies of 2 books").wait_for()
    books[0].refresh_from_db()
    assert books[0].stock == 5


def test_the_page_to_correct_stock_is_accessible_with_and_without_mistakes(page, books):
    page.goto(reverse("admin:catalog_book_correct_stock", args=[books[1].pk]))
    assert complaints(page) == []

    page.get_by_role("button", name="Correct the stock").click()

    expect(page).to_have_title(re.compile("^Error:"))
    assert complaints(page) == []


def test_lists_of_movements_and_of_low_stock_are_accessible(page, books):
    order = place_order(*books)
    books[0].movements.model.objects.create(
        book=books[0], delta=1, reason="returned", order_id=order.pk, note="x" * 60
    )

    page.goto(reverse("admin:catalog_stockmovement_changelist") + f"?book={books[0].pk}")
    assert complaints(page) == []
    page.goto(reverse("admin:catalog_book_low_stock"))
    assert complaints(page) == []


def test_the_page_of_a_book_takes_a_cover_and_shows_it(page, books):
    page.goto(reverse("admin:catalog_book_change", args=[books[0].pk]))
    page.get_by_label("Other cover").set_input_files(
        {"name": "emma.jpg", "mimeType": "image/jpeg", "buffer": encoded()}
    )
    page.get_by_role("button", name="Save and continue editing").first.click()

    shown = page.get_by_alt_text("The cover as shoppers see it")
    shown.wait_for()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 300
    assert page.refused == []


def test_the_import_is_accessible_from_upload_to_preview(page, books):
    def upload(text: str) -> None:
        page.goto(reverse("admin:catalog_book_import"))
        page.get_by_label("CSV file").set_input_files(
            {"name": "books.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )
        with page.expect_navigation():
            page.get_by_role("button", name="Show what would change").click()

    upload("isbn,title")
    assert complaints(page) == []

    upload("isbn13,title,price,stock\n9780141439587,Emma,8.50,3\n9780140447927,The Idiot,9,1\n97801,x,y,1")
    expect(page.get_by_text("all or nothing")).to_be_visible()
    assert complaints(page) == []

    upload("isbn13,title,price,contributors\n9780141439587,Emma,8.50,Jane Austin\n9780140447927,The Idiot,9,")
    assert complaints(page) == []
    page.get_by_role("button", name="Import 2 books").click()
    page.get_by_text("1 added, 1 changed").wait_for()


def test_a_book_that_is_unknown_is_added_in_another_window_and_the_list_stays(page, books):
    page.goto(RECEIVE)
    scan(page, "9780141439587")
    scan(page, "9780140447927")

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Add the book").click()

    expect(opened.value.get_by_label("ISBN-13")).to_have_value("9780140447927")
    expect(page.get_by_label("Copies of Emma")).to_have_value("1")
