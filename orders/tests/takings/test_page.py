"""The dashboard in the admin: who may see it, which time it shows, and that every chart has its table."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.dashboard import wording
from orders.tests.admin.conftest import may, signed_in

from .conftest import noon

pytestmark = pytest.mark.django_db

PAGE = reverse("orders:dashboard")
CHARTS = ["takings", "orders", "average", "declines", "delays", "best-sellers"]


@pytest.fixture
def owner():
    return signed_in(may("orders.view_takings"))


def show(somebody, **query):
    return somebody.get(PAGE, query)


def shown_span(page):
    return page.context["figures"].span


def test_it_lives_beside_the_admin_of_orders():
    assert PAGE == "/admin/orders/dashboard/"


def test_every_chart_has_its_table_with_the_same_figures(owner, past, book):
    past.sold(timezone.now(), "20.00", books={book("Emma"): 2})

    page = show(owner).content.decode()

    for key in CHARTS:
        (panel,) = re.findall(
            rf'<section class="panel" aria-labelledby="{key}-heading">.*?</section>', page, re.S
        )
        assert panel.count("<svg") == panel.count("<table>") == 1
    assert page.count("£20.00") >= 4  # a fact, its net, the table of takings, and the average
    assert re.search(r'<th scope="row">Emma</th>\s*<td>\d+</td>\s*<td>2</td>', page)


def test_the_facts_are_compared_with_the_time_before_in_words(owner, past):
    past.sold(timezone.now(), "30.00")
    past.sold(timezone.now() - timedelta(days=35), "20.00")

    facts = {fact.name: fact for fact in show(owner).context["facts"]}

    assert facts["Takings"].value == "£30.00"
    assert facts["Takings"].compared == "£10.00 more than the £20.00 before (+50 %)"
    assert facts["Orders"].compared == "The same as before (1)"


def test_an_empty_shop_has_a_dashboard(owner):
    page = show(owner)

    assert {fact.value for fact in page.context["facts"]} == {"£0.00", "0", "–"}
    assert "Nothing was sold in this time." in page.content.decode()
    assert "No payment failed in this time." in page.content.decode()


def test_other_currencies_are_told_beside(owner, past):
    past.sold(timezone.now(), "30.00", currency="eur")

    page = show(owner).content.decode()

    assert "In other currencies" in page
    assert "€30.00" in page


@pytest.mark.parametrize(("latest", "number"), [("days", 30), ("weeks", 12), ("months", 12), ("years", 30)])
def test_the_latest_days_weeks_and_months_are_a_link_away(owner, latest, number):
    page = show(owner, latest=latest)

    assert len(shown_span(page).starts) == number
    assert shown_span(page).last == timezone.localdate()
    assert page.content.decode().count('aria-current="page"') == 1


def test_any_time_can_be_asked_for(owner, past):
    past.sold(noon(2026, 2, 3), "20.00")

    page = show(owner, first="2026-02-01", last="2026-02-28", unit="week")

    assert (shown_span(page).first, shown_span(page).last) == (date(2026, 1, 26), date(2026, 3, 1))
    assert page.context["figures"].now.takings.taken == 20
    assert 'value="2026-02-01"' in page.content.decode()
    assert 'aria-current="page"' not in page.content.decode()


@pytest.mark.parametrize(
    ("field", "asked", "words"),
    [
        ("last", {"first": "2026-02-02", "last": "2026-02-01"}, "before the first day"),
        ("first", {"first": "2999-01-01"}, "still to come"),
        ("first", {"first": "soon"}, "Enter a valid date"),
        ("first", {"first": "0001-01-01"}, "nothing from before 2000"),
        ("last", {"last": ""}, "required"),
        ("unit", {"unit": "decade"}, "Select a valid choice"),
        ("unit", {"first": "2024-01-01"}, "would be 790 bars"),
    ],
)
def test_a_time_that_cannot_be_shown_is_told_beside_its_field(owner, field, asked, words):
    page = show(owner, **({"first": "2026-02-01", "last": "2026-02-28", "unit": "day"} | asked))

    text = page.content.decode()
    assert page.status_code == 200
    assert re.search(rf'id="id_{field}_error">[^<]*{words}', text)
    assert f'aria-describedby="id_{field}_error"' in text
    assert len(shown_span(page).starts) == 30
    for name, value in asked.items():
        assert not value or f'value="{value}"' in text or name == "unit"


def test_a_day_to_come_ends_the_time_today(owner):
    first = timezone.localdate() - timedelta(days=3)

    page = show(owner, first=first.isoformat(), last="2999-01-01", unit="day")

    assert shown_span(page).last == timezone.localdate()


def test_the_page_says_of_when_its_figures_are_and_is_not_kept_elsewhere(owner):
    page = show(owner)

    assert f"As of {timezone.localtime():%-d %b %Y}" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert not re.search(r"<[^>]+ (style|onclick)=", page.content.decode())


def test_it_is_for_those_who_may_see_takings(client):
    assert show(signed_in(may("orders.view_order"))).status_code == 403
    assert show(client).status_code == 302


def test_it_is_only_read(owner):
    assert owner.post(PAGE).status_code == 405


def test_links_are_for_those_who_may_follow_them(book, past):
    book("Emma", 0)
    plain = signed_in(may("orders.view_takings"))
    curious = signed_in(may("orders.view_takings", "catalog.view_book", "payments.view_stripeevent"))

    links = [reverse("admin:catalog_book_low_stock"), reverse("admin:payments_stripeevent_changelist")]

    for link in links:
        assert f'href="{link}"' not in show(plain).content.decode()
        assert f'href="{link}"' in show(curious).content.decode()


# Words


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (3, 2, "1 more than the 2 before (+50 %)"),
        (2, 3, "1 less than the 3 before (−33 %)"),
        (2, 2, "The same as before (2)"),
        (2, 0, "0 before"),
        (None, 2, "2 before"),
        (2, None, "Nothing to compare with before"),
    ],
)
def test_comparisons_are_words(now, before, words):
    assert wording.compared(now, before, wording.number) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.44, "0.4 s"), (12.3, "12 s"), (180, "3 min"), (9_000, "2.5 h"), (259_200, "3 days")],
)
def test_durations_have_the_unit_that_fits(seconds, words):
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(("amount", "words"), [("250", "£250"), ("0.5", "£0.50"), ("12000", "£12K")])
def test_an_axis_has_short_amounts(amount, words):
    assert wording.round_amount(Decimal(amount)) == words
