from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookstore.accounts.factories import StaffFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from orders.factories import place_order

pytestmark = pytest.mark.django_db

MOVEMENTS = reverse("admin:catalog_stockmovement_changelist")


def shown(response):
    return [(m.book.title, m.delta) for m in response.context["cl"].result_list]


def test_a_book_leads_to_all_its_movements(admin):
    emma, _ = BookFactory(title="Emma", stock=3), BookFactory(title="Persuasion")
    Book.objects.correct(emma, -1, None, note="Torn")
    page = admin.get(reverse("admin:catalog_book_change", args=[emma.pk])).content.decode()
    assert f'href="{MOVEMENTS}?book={emma.pk}"' in page

    movements = admin.get(MOVEMENTS, {"book": emma.pk})

    assert shown(movements) == [("Emma", -1), ("Emma", 3)]
    assert "Torn" in movements.content.decode()
    assert "−1" in movements.content.decode()


def test_movements_are_filtered_by_reason_and_by_who_made_them(admin, staff):
    emma, persuasion = BookFactory(title="Emma", stock=1), BookFactory(title="Persuasion", stock=2)
    packer = StaffFactory()
    Book.objects.receive(emma, 5, packer)
    Book.objects.correct(persuasion, -1, staff, note="Torn")

    assert shown(admin.get(MOVEMENTS, {"who": packer.pk})) == [("Emma", 5)]
    assert shown(admin.get(MOVEMENTS, {"who": "shop"})) == [("Persuasion", 2), ("Emma", 1)]
    assert shown(admin.get(MOVEMENTS, {"reason__exact": "corrected"})) == [("Persuasion", -1)]
    assert shown(admin.get(MOVEMENTS, {"q": "torn"})) == [("Persuasion", -1)]


@pytest.mark.parametrize("wrong", [{"book": "x"}, {"book": "404"}, {"book": "9" * 40}, {"who": "x"}])
def test_a_filter_that_makes_no_sense_is_told(admin, wrong):
    answer = admin.get(MOVEMENTS, wrong)

    assert (answer.status_code, answer["Location"]) == (302, f"{MOVEMENTS}?e=1")


def test_a_movement_names_its_order_and_leads_there(admin):
    order = place_order(BookFactory(title="Emma"))

    page = admin.get(MOVEMENTS, {"reason__exact": "held"}).content.decode()

    assert f'<a href="{reverse("admin:orders_order_change", args=[order.pk])}">{order.number}</a>' in page
    movement = order.lines.get().book.movements.get(order_id=order.pk)
    one = admin.get(reverse("admin:catalog_stockmovement_change", args=[movement.pk])).content.decode()
    assert order.number in one


def test_an_order_that_is_gone_is_still_told_apart(admin):
    Book.objects.take({BookFactory().pk: 1}, order_id=uuid4())

    assert ">Order</a>" in admin.get(MOVEMENTS).content.decode()


def test_movements_of_many_orders_cost_no_more_queries(admin):
    place_order(BookFactory())
    with CaptureQueriesContext(connection) as few:
        admin.get(MOVEMENTS)
    for _ in range(5):
        place_order(BookFactory())

    with CaptureQueriesContext(connection) as many:
        admin.get(MOVEMENTS)

    assert len(many) == len(few) <= 8


def test_movements_are_only_looked_at(admin):
    movement = BookFactory(stock=1).movements.get()

    page = admin.get(reverse("admin:catalog_stockmovement_change", args=[movement.pk]))

    assert page.status_code == 200
    assert "_save" not in page.content.decode()
    assert admin.get(reverse("admin:catalog_stockmovement_add")).status_code == 403
    assert admin.post(reverse("admin:catalog_stockmovement_delete", args=[movement.pk])).status_code == 403
