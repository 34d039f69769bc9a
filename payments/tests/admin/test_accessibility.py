"""The pages of cases, events and orphans: no complaint of axe, light or dark, narrow or wide; no sideways scroll."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bookstore.accounts.factories import StaffFactory
from bookstore.testing.axe import complaints
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from payments import intents
from payments.models import Attention, OrphanCharge

from .conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def scripts(request) -> bool:
    return request.param


@pytest.fixture
def open_page(browser: Browser, live_server) -> Iterator:
    """Signed in as somebody who may do everything."""
    session = Desk(StaffFactory(full_name="Olive Owner")).client.cookies["session"].value
    contexts = []

    def opened(**profile) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="en-GB", **profile)
        context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def trouble(known, case, journal) -> Attention:
    """Of every kind."""
    for reason in Attention.Reason.values:
        case(reason, f"{reason}_3QxaZ9kLm0TyUeRtBv0000000", hours=5, payment=known)
    journal(about="pi_known", came_by="list")
    failed = {
        "processed_at": None,
        "attempts": 10,
        "quarantine": "failed 10 times",
        "error": "No order today",
    }
    journal(id="evt_aside", type="charge.refunded", **failed)
    OrphanCharge.objects.create(pk="pi_lost", order_number="LOST-1", amount=5, currency="gbp", status="LEFT")
    return case("orphan_charge", "pi_lost")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "payments/attention/",
        "payments/attention/{pk}/change/",
        "payments/attention/{pk}/remedy/send_back/",
        "payments/payment/",
        "payments/payment/{payment}/change/",
        "payments/stripeevent/",
        "payments/stripeevent/evt_aside/change/",
        "payments/orphancharge/",
        "payments/orphancharge/pi_5Flost/change/",
    ],
)
def test_a_page_is_accessible(open_page, trouble, known, path):
    page = open_page()

    page.goto("/admin/" + path.format(pk=trouble.pk, payment=known.pk))

    assert complaints(page) == []


@pytest.mark.parametrize(
    "model", ["attention", "payment", "stripeevent", "mirroredpaymentintent", "orphancharge"]
)
def test_on_a_desk_all_columns_of_a_list_are_in_sight(open_page, trouble, stripe, model):
    stripe.sandbox.pay(intents.ensure(place_order().payment).id)
    stripe.deliver()
    run_due_tasks()
    page = open_page(viewport={"width": 1280, "height": 900})

    page.goto(f"/admin/payments/{model}/")

    assert page.locator("#result_list tbody tr").count() > 0
    columns = page.locator(".results")
    assert columns.evaluate("list => list.scrollWidth - list.clientWidth") == 0


def test_settling_is_accessible_with_and_without_mistakes(open_page, trouble):
    page = open_page()
    page.goto(f"/admin/payments/attention/{trouble.pk}/settle/")
    page.get_by_role("button", name="Settle").click()

    expect(page).to_have_title(re.compile("^Error:"))
    expect(page.get_by_text("This field is required.")).to_be_visible()
    assert complaints(page) == []


def test_the_morning_works_with_and_without_javascript(open_page, trouble, scripts):
    page = open_page(java_script_enabled=scripts)
    page.goto("/admin/")
    page.get_by_role("link", name="9 cases need attention").click()
    page.get_by_role("link", name="Settle with a note").first.click()
    page.get_by_label("How did it end?").fill("Agreed by telephone")
    page.get_by_role("button", name="Settle").click()

    expect(page.get_by_text("Settled: ")).to_be_visible()
    page.goto("/admin/payments/stripeevent/evt_aside/change/")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("1 applied, 0 applied before.")).to_be_visible()


def test_many_events_are_replayed_from_the_list(open_page, trouble, scripts):
    page = open_page(java_script_enabled=scripts)
    page.goto("/admin/payments/stripeevent/")
    for box in page.locator("input.action-select").all():
        box.check()
    page.get_by_label("Action:").select_option(label="Replay")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("2 events are applied anew")).to_be_visible()
    if scripts:
        assert complaints(page) == []
    page.get_by_role("button", name="Replay").click()

    expect(page.get_by_text("1 applied, 1 applied before.")).to_be_visible()
