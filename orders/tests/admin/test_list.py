"""The list of orders: found by whatever is at hand, however many there are."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from orders.factories import ADDRESS, DeliveryMethodFactory, place_order
from orders.models import Order
from payments import attention, intents
from payments.models import Refund

from .conftest import pay

pytestmark = pytest.mark.django_db

LIST = "admin:orders_order_changelist"
MOST_QUERIES = 10


@pytest.fixture
def orders(owner):
    def listed(**query):
        return list(owner.client.get(reverse(LIST), query).context["cl"].queryset)

    return listed


@pytest.fixture
def grace(stripe):
    """An order of Grace's, among others."""
    place_order(email="someone.else@example.com")
    address = ADDRESS.__class__(**(vars(ADDRESS) | {"full_name": "Grace O'Malley"}))
    order = place_order(BookFactory(isbn13="9780306406157"), email="grace@example.com", address=address)
    intents.ensure(order.payment)
    return order


@pytest.mark.parametrize(
    "words",
    [
        "grace@",
        "GRACE@example.com",
        "o'malley",
        "Grace O'Malley",
        "malley grace",
        "9780306406157",
        "978-0-306-40615-7",
        "978 0 306 40615 7",
        "0-306-40615-2",
    ],
)
def test_an_order_is_found_by_e_mail_name_and_isbn(orders, grace, words):
    assert orders(q=words) == [grace]


def test_an_order_is_found_by_its_number_and_its_payment(orders, grace):
    for words in (grace.number, grace.number[:5].lower(), grace.payment.stripe_payment_id):
        assert orders(q=words) == [grace]


def test_an_order_is_found_by_a_second_payment_that_went_back(orders, grace):
    payment = grace.payment
    Refund.objects.create(
        payment=payment, intent_id="pi_second", amount=1, currency="gbp", reason="double_payment"
    )

    assert orders(q="pi_second") == [grace]


@pytest.mark.parametrize("words", ["nobody", "pi_unknown", "9780306406164", "grace someone"])
def test_what_fits_nothing_finds_nothing(orders, grace, words):
    assert orders(q=words) == []


def test_orders_are_filtered_by_status_payment_attention_and_date(orders, stripe):
    waiting, paid = place_order(), pay(stripe, place_order())
    attention.call(attention.Reason.MISMATCH, "pi_1", "Too much", payment=paid.payment)
    Order.objects.filter(pk=waiting.pk).update(placed_at=timezone.now() - timedelta(days=40))

    assert orders(status__exact="CONFIRMED") == [paid]
    assert orders(payment__status__exact="PENDING") == [waiting]
    assert orders(attention="yes") == [paid]
    assert orders(attention="no") == [waiting]
    assert orders(placed_at__gte=(timezone.now() - timedelta(days=1)).isoformat()) == [paid]


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ("Today", ["3 Mar 2026"]),
        ("This month", ["1 Mar 2026", "3 Mar 2026"]),
        ("Last month", ["1 Feb 2026", "28 Feb 2026"]),
        ("This year", ["1 Feb 2026", "28 Feb 2026", "1 Mar 2026", "3 Mar 2026"]),
        ("Last year", ["31 Dec 2025"]),
    ],
)
def test_orders_are_filtered_by_day_month_and_year(owner, monkeypatch, choice, found):
    days = ["31 Dec 2025", "1 Feb 2026", "28 Feb 2026", "1 Mar 2026", "3 Mar 2026"]
    for day in days:
        at = datetime.strptime(day, "%d %b %Y").replace(tzinfo=ZoneInfo("Europe/London"), hour=1)
        Order.objects.filter(pk=place_order().pk).update(placed_at=at)
    now = datetime(2026, 3, 3, 15, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    page = owner.client.get(reverse(LIST))
    (dates,) = (spec for spec in page.context["cl"].filter_specs if spec.title == "date placed")
    (query,) = (
        link["query_string"] for link in dates.choices(page.context["cl"]) if link["display"] == choice
    )
    filtered = owner.client.get(reverse(LIST) + query).context["cl"].queryset

    assert [f"{order.placed_at:%-d %b %Y}" for order in filtered.order_by("placed_at")] == found


def test_orders_are_filtered_by_their_total(orders):
    at = {
        total: place_order(BookFactory(price=total), delivery=DeliveryMethodFactory(price=0))
        for total in map(Decimal, ("9.99", "10.00", "24.99", "25.00", "300.00"))
    }

    assert orders(total="0-10") == [at[Decimal("9.99")]]
    assert orders(total="10-25") == [at[Decimal("24.99")], at[Decimal("10.00")]]
    assert orders(total="250-") == [at[Decimal("300.00")]]
    assert len(orders(total="1 OR 1")) == 5


def test_the_filters_say_what_they_are_about(owner, grace):
    page = owner.client.get(reverse(LIST), {"total": "10-25"})

    titles = [spec.title for spec in page.context["cl"].filter_specs]
    assert titles == ["status", "payment", "needs attention", "date placed", "total"]
    assert "£10 to £25" in page.text


@pytest.mark.parametrize(
    "query", [{}, {"q": "ada"}, {"q": "9780306406157"}, {"attention": "yes"}, {"total": "10-25"}]
)
def test_the_list_needs_few_queries_whatever_is_asked(owner, query, django_assert_max_num_queries):
    for _ in range(6):
        place_order()

    with django_assert_max_num_queries(MOST_QUERIES):
        owner.client.get(reverse(LIST), query)


def test_a_search_joins_no_order_with_its_lines(owner, grace):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        owner.client.get(reverse(LIST), {"q": "grace 9780306406157"})

    assert not [query["sql"] for query in queries if 'JOIN "orders_orderline"' in query["sql"]]
