"""Files for the bookkeeper: what is in them, how they leave the shop, and who may have them."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.transfer.cells import harmless
from orders import exports
from orders.exports import TABLES
from orders.factories import DeliveryMethodFactory, filled_cart, place_order
from orders.models import Order, OrderLine
from orders.tests.admin.conftest import may, signed_in
from payments.models import Payment, Refund

pytestmark = pytest.mark.django_db

LIST = reverse("admin:orders_order_changelist")
CHOICE = reverse("admin:orders_order_export")
NAMES = ["orders", "lines", "payments", "refunds"]


@pytest.fixture
def bookkeeper():
    return signed_in(may("orders.view_order", "orders.export_orders"))


@pytest.fixture
def sold():
    """`sold("Emma", copies=2)`: an order that was paid, two pounds of which went back when `refunded`."""

    def sell(title="Emma", copies=1, *, refunded=None, **details):
        delivery = DeliveryMethodFactory()
        cart = filled_cart(BookFactory(title=title, stock=copies), quantity=copies)
        order = place_order(cart=cart, delivery=delivery, **details)
        order.confirm()
        payment = order.payment
        payment.status, payment.completed_at = Payment.Status.COMPLETED, timezone.now()
        payment.stripe_payment_id = f"pi_{payment.pk.hex}"
        payment.save()
        if refunded:
            Refund.objects.create(
                payment=payment,
                intent_id=payment.stripe_payment_id,
                amount=refunded,
                currency=payment.currency,
                status=Refund.Status.SUCCEEDED,
                reason=Refund.Reason.REQUESTED_BY_CUSTOMER,
            )
        return order

    return sell


def download(client, name, query=""):
    response = client.get(reverse("admin:orders_order_export_file", args=[name]) + query)
    assert response.status_code == 200
    return response.getvalue().decode()


def rows(text):
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


def total(found, column):
    return sum((Decimal(row[column]) for row in found), Decimal(0))


def test_the_sums_of_the_files_are_those_of_the_database(bookkeeper, sold):
    sold("Emma", 3)
    sold("Persuasion", 2, refunded="2.50")
    sold("Lady Susan", refunded="9.99")
    place_order()

    found = {name: rows(download(bookkeeper, name)) for name in NAMES}

    assert len(found["orders"]) == len(found["payments"]) == 4
    assert total(found["orders"], "total") == Order.objects.aggregate(n=Sum("total"))["n"]
    lines = sum((line.unit_price * line.quantity for line in OrderLine.objects.all()), Decimal(0))
    assert total(found["lines"], "total") == lines == total(found["orders"], "books")
    assert total(found["payments"], "amount") == Payment.objects.aggregate(n=Sum("amount"))["n"]
    assert total(found["refunds"], "amount") == Decimal("12.49")


def test_every_file_names_the_order_and_the_currency(bookkeeper, sold):
    order = sold(refunded="1.00")

    for name in NAMES:
        (row,) = rows(download(bookkeeper, name))
        assert (row["order"], row["currency"]) == (order.number, "gbp")


def test_times_carry_their_zone_and_amounts_a_dot(bookkeeper, sold):
    order = sold()
    Order.objects.filter(pk=order.pk).update(placed_at=datetime(2026, 7, 1, 12, tzinfo=UTC))

    (row,) = rows(download(bookkeeper, "orders"))
    (line,) = rows(download(bookkeeper, "lines"))

    assert row["placed at"] == "2026-07-01T13:00:00+01:00"  # summer in London
    assert (row["total"], line["price"], line["total"]) == ("12.94", "9.99", "9.99")


def test_what_looks_like_a_formula_is_only_text(bookkeeper, sold):
    sold("=1+1")
    Order.objects.update(full_name="@SUM(A1:A9)", email="+ada@example.com", delivery_name=" -2+3")

    (order,) = rows(download(bookkeeper, "orders"))
    (line,) = rows(download(bookkeeper, "lines"))

    assert order["name"] == "'@SUM(A1:A9)"
    assert order["e-mail"] == "'+ada@example.com"
    assert order["delivery"] == "' -2+3"
    assert line["title"] == "'=1+1"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", " =", "\n="])
def test_every_start_of_a_formula_is_known(start):
    assert harmless(f"{start}cmd") == f"'{start}cmd"


@pytest.mark.parametrize("text", ["", "Emma", "1984", "a=b", "O'Brien"])
def test_what_is_no_formula_stays_as_it_is(text):
    assert harmless(text) == text


def test_names_with_commas_quotes_line_breaks_and_any_script_come_back_whole(bookkeeper, sold):
    name = 'Ólafur "Oli", 王小明\nthe Younger; Ltd'
    sold()
    Order.objects.update(full_name=name)

    (row,) = rows(download(bookkeeper, "orders"))

    assert row["name"] == name


def test_an_order_that_cost_nothing_is_in_the_file_without_a_payment(bookkeeper):
    order = place_order(BookFactory(price=0), delivery=DeliveryMethodFactory(price=0))

    (row,) = rows(download(bookkeeper, "orders"))

    assert (row["order"], row["total"], row["payment"]) == (order.number, "0.00", "")
    assert rows(download(bookkeeper, "payments")) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_list_gives_a_header(bookkeeper, name):
    text = download(bookkeeper, name)

    assert text == "\ufeff" + ",".join(TABLES[name].columns) + "\r\n"


# The filters


@pytest.mark.parametrize("name", NAMES)
def test_filters_search_and_date_hold_for_every_file(bookkeeper, sold, name):
    wanted, other_name, other_year = (sold(refunded="1.00") for _ in range(3))
    pending = place_order()
    Order.objects.filter(pk__in=[wanted.pk, other_year.pk, pending.pk]).update(full_name="Mary Shelley")
    Order.objects.filter(pk=other_year.pk).update(placed_at=datetime(2020, 5, 5, tzinfo=UTC))
    year = timezone.localdate().year

    found = rows(
        download(bookkeeper, name, f"?status__exact=CONFIRMED&q=shelley&placed_at__year={year}&p=1&o=2")
    )

    assert [row["order"] for row in found] == [wanted.number]
    assert other_name.number not in {row["order"] for row in found}


def test_the_whole_list_is_exported_not_a_page_of_it(bookkeeper, monkeypatch):
    monkeypatch.setattr("orders.admin.changelist.OrderList.list_per_page", 2)
    for _ in range(5):
        place_order()

    assert len(rows(download(bookkeeper, "orders", "?p=2"))) == 5


def test_the_list_leads_to_the_files_with_its_filters(bookkeeper, sold):
    sold()
    place_order()

    page = bookkeeper.get(LIST + "?status__exact=CONFIRMED&p=1")
    address = page.context["export_address"]
    choice = bookkeeper.get(address)

    assert f'<a href="{CHOICE}?status__exact=CONFIRMED">Export</a>' in page.content.decode()
    assert "1 order\n" in choice.content.decode()
    for name in NAMES:
        file = reverse("admin:orders_order_export_file", args=[name])
        assert f'href="{file}?status__exact=CONFIRMED"' in choice.content.decode()


@pytest.mark.parametrize("page", [CHOICE, reverse("admin:orders_order_export_file", args=["orders"])])
def test_filters_that_are_not_known_export_nothing(bookkeeper, page):
    response = bookkeeper.get(page + "?colour=red", follow=True)

    assert response.redirect_chain == [(LIST, 302)]
    assert "nothing was exported" in response.content.decode()


def test_an_unknown_file_is_not_found(bookkeeper):
    assert bookkeeper.get(reverse("admin:orders_order_export_file", args=["users"])).status_code == 404


# Chosen orders


def test_chosen_orders_are_exported_once_the_table_is_chosen(bookkeeper, sold):
    chosen, other = sold(), sold()
    form = {"action": "export", "_selected_action": [str(chosen.pk)]}

    asked = bookkeeper.post(LIST, form)
    response = bookkeeper.post(LIST, form | {"table": "payments", "select_across": "0"})

    assert f'name="_selected_action" value="{chosen.pk}"' in asked.content.decode()
    assert [row["order"] for row in rows(response.getvalue().decode())] == [chosen.number]
    assert other.number not in response.getvalue().decode()


def test_all_orders_of_the_filtered_list_can_be_chosen_at_once(bookkeeper, sold):
    first, second = sold(), sold()
    place_order()
    form = {"action": "export", "_selected_action": [str(first.pk)], "select_across": "1"}

    asked = bookkeeper.post(LIST + "?status__exact=CONFIRMED", form)
    response = bookkeeper.post(LIST + "?status__exact=CONFIRMED", form | {"table": "orders"})

    assert '<input type="hidden" name="select_across" value="1">' in asked.content.decode()
    numbers = {row["order"] for row in rows(response.getvalue().decode())}
    assert numbers == {first.number, second.number}


# How they leave


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_one_statement_however_many_rows(sold, name):
    for _ in range(3):
        sold(refunded="1.00")

    with CaptureQueriesContext(connection) as made:
        pieces = list(TABLES[name].stream(Order.objects.all()))

    assert len(made) == 1
    assert len(rows("".join(pieces))) == 3


def test_the_page_needs_as_many_statements_for_many_orders_as_for_one(bookkeeper, sold):
    counts = []
    for _ in range(2):
        for _ in range(1 + 4 * len(counts)):
            sold(refunded="1.00")
        with CaptureQueriesContext(connection) as made:
            download(bookkeeper, "refunds", "?status__exact=CONFIRMED")
        counts.append(len(made))

    assert counts[0] == counts[1] <= 6


def test_the_first_piece_leaves_before_the_last_row_is_made(sold, monkeypatch):
    for _ in range(3):
        place_order()
    made = []
    monkeypatch.setattr(exports, "SENT", 1)
    monkeypatch.setattr(exports, "cell", lambda value: made.append(value) or "x")

    pieces = TABLES["orders"].stream(Order.objects.all())

    assert next(pieces).startswith("\ufefforder,")
    assert made == []
    next(pieces)
    assert len(made) == len(TABLES["orders"].columns)
    assert len(list(pieces)) == 2


def test_the_file_is_an_attachment_that_is_not_kept(bookkeeper):
    response = bookkeeper.get(reverse("admin:orders_order_export_file", args=["lines"]))

    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    today = timezone.localdate().isoformat()
    assert response["Content-Disposition"] == f'attachment; filename="lines-{today}.csv"'
    assert "no-store" in response["Cache-Control"]


# Who may


@pytest.mark.parametrize("page", [CHOICE, reverse("admin:orders_order_export_file", args=["orders"])])
@pytest.mark.parametrize("permissions", [["orders.view_order"], ["orders.export_orders"]])
def test_without_both_permissions_nothing_is_exported(page, permissions):
    assert signed_in(may(*permissions)).get(page).status_code == 403


def test_who_may_not_export_sees_no_way_to(sold):
    order = sold()
    packer = signed_in(may("orders.view_order", "orders.ship_order"))

    page = packer.get(LIST)
    refused = packer.post(
        LIST, {"action": "export", "_selected_action": [str(order.pk)], "table": "orders"}, follow=True
    )

    assert CHOICE not in page.content.decode()
    assert '<option value="export">' not in page.content.decode()
    assert refused["Content-Type"].startswith("text/html")
    assert "No action selected." in refused.content.decode()


@pytest.mark.parametrize("page", [CHOICE, reverse("admin:orders_order_export_file", args=["orders"])])
def test_a_visitor_is_asked_to_sign_in_and_posting_is_not_for_it(client, bookkeeper, page):
    assert client.get(page).status_code == 302
    assert bookkeeper.post(page).status_code == 405
