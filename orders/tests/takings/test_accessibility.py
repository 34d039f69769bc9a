"""The dashboard and the pages of exports: no complaint of axe, light or dark, narrow or wide; no sideways scroll."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from bookstore.testing.axe import complaints
from orders.tests.admin.test_accessibility import page

__all__ = ["page"]

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DASHBOARD = "/admin/orders/dashboard/"
LIST = "/admin/orders/order/"


@pytest.fixture
def busy(past, book):
    now = timezone.now()
    books = {
        book("The Posthumous Papers of the Pickwick Club, Complete and Illustrated", 0): 2,
        book("Emma"): 1,
    }
    for days in range(20):
        order = past.sold(now - timedelta(days=days), 20 + days, books=books if days == 3 else None)
        past.webhook(now - timedelta(days=days), days)
    past.refunded(order, now, "5.00")
    past.declined(order, now)
    past.sold(now, "30.00", currency="eur")
    past.webhook(now, 1, processed_at=None)


@pytest.mark.parametrize("query", ["", "?latest=months", "?first=2020-01-01&last=2026-01-01&unit=day"])
def test_the_dashboard_is_accessible_with_every_table_open(page, busy, query):
    page.goto(DASHBOARD + query)
    assert complaints(page) == []

    for summary in page.locator(".panel summary").all():
        summary.click()

    expect(page.locator(".panel details[open]")).to_have_count(6)
    assert complaints(page) == []


def test_exports_are_accessible_from_the_list_to_the_file(page, busy):
    page.goto(LIST)
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_role("heading", name="Export", level=1).wait_for()
    assert complaints(page) == []

    with page.expect_download() as download:
        page.get_by_role("link", name="Refunds (CSV)").click()

    assert download.value.suggested_filename.startswith("refunds-")


def test_the_export_of_chosen_orders_is_accessible(page, busy):
    page.goto(LIST)
    page.locator("input.action-select").first.check()
    page.get_by_label("Action:").select_option("export")
    page.get_by_role("button", name="Go").click()
    page.get_by_role("heading", name="Export", level=1).wait_for()
    assert complaints(page) == []

    with page.expect_download() as download:
        page.get_by_role("button", name="Orders (CSV)").click()

    assert download.value.path().read_text(encoding="utf-8-sig").count("\n") == 2
