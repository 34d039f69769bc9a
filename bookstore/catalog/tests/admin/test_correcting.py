from uuid import uuid4

import pytest
from django.urls import reverse

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, StockMovement

from .conftest import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def emma():
    return BookFactory(title="Emma", stock=5)


def page_of(book):
    return reverse("admin:catalog_book_correct_stock", args=[book.pk])


def filled_in(client, book, **typed):
    """The form as the page shows it, with these answers."""
    form = client.get(page_of(book)).context["form"]
    return {field.html_name: field.value() or "" for field in form} | typed


def corrections(book):
    return list(book.movements.filter(reason=StockMovement.Reason.CORRECTED).values_list("delta", "note"))


@pytest.mark.parametrize(
    ("typed", "stock", "moved"),
    [({"difference": "-2"}, 3, -2), ({"difference": "4"}, 9, 4), ({"counted": "0"}, 0, -5), ({"counted": "7"}, 7, 2)],
)  # fmt: skip
def test_the_stock_is_put_right_with_a_reason(admin, staff, emma, typed, stock, moved):
    answer = admin.post(page_of(emma), filled_in(admin, emma, reason="Torn", **typed), follow=True)

    assert f"The stock of “Emma” is {stock} now" in said(answer)
    assert Book.objects.get().stock == stock
    assert corrections(emma) == [(moved, "Torn")]
    assert emma.movements.first().actor == staff


def test_a_count_that_agrees_changes_nothing(admin, emma):
    answer = admin.post(page_of(emma), filled_in(admin, emma, counted="5", reason="Inventory"), follow=True)

    assert "is 5 now" in said(answer)
    assert corrections(emma) == []


def test_a_correction_that_is_sent_twice_is_entered_once(admin, emma):
    form = filled_in(admin, emma, difference="-2", reason="Torn")
    admin.post(page_of(emma), form)

    again = admin.post(page_of(emma), form | {"difference": "-3", "reason": ""}, follow=True)

    assert "entered before" in said(again)
    assert corrections(emma) == [(-2, "Torn")]


def test_a_count_that_is_sent_twice_is_entered_once(admin, emma):
    form = filled_in(admin, emma, counted="3", reason="Inventory")
    admin.post(page_of(emma), form)
    Book.objects.receive(emma, 10)

    again = admin.post(page_of(emma), form, follow=True)

    assert "entered before" in said(again)
    assert Book.objects.get().stock == 13


def test_a_count_is_not_compared_with_a_stock_that_has_moved(admin, emma):
    form = filled_in(admin, emma, counted="4", reason="Inventory")
    Book.objects.take({emma.pk: 1}, order_id=uuid4())

    page = admin.post(page_of(emma), form)

    shown = page.context["form"]
    assert "4 should be for sale now" in shown.errors["counted"][0]
    assert corrections(emma) == []
    again = {field.html_name: field.value() or "" for field in shown}
    assert (again["counted"], again["reason"]) == ("4", "Inventory")
    admin.post(page_of(emma), again)
    assert Book.objects.get().stock == 4
    assert corrections(emma) == []


def test_no_more_copies_are_missing_than_are_for_sale(admin, emma):
    Book.objects.take({emma.pk: 4}, order_id=uuid4())

    page = admin.post(page_of(emma), filled_in(admin, emma, difference="-2", reason="Stolen"))

    form = page.context["form"]
    assert "Only 1 is for sale; others are held for orders" in form.errors["difference"][0]
    assert (form["difference"].value(), form["reason"].value()) == ("-2", "Stolen")
    assert Book.objects.get().stock == 1
    admin.post(page_of(emma), {**form.data.dict(), "difference": "-1"})  # the key of what failed is not spent
    assert Book.objects.get().stock == 0


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"difference": "-1"}, "reason", "required"),
        ({"difference": "-1", "reason": "  "}, "reason", "required"),
        ({"reason": "Torn"}, "counted", "either"),
        ({"reason": "Torn", "counted": "4", "difference": "-1"}, "counted", "either"),
        ({"reason": "Torn", "difference": "0"}, "difference", "changes nothing"),
        ({"reason": "Torn", "difference": "some"}, "difference", "whole number"),
        ({"reason": "Torn", "counted": "-1"}, "counted", "greater than or equal to 0"),
        ({"reason": "Torn", "difference": "9" * 30}, "difference", "less than or equal to"),
        ({"reason": "x" * 201, "difference": "-1"}, "reason", "at most 200"),
        ({"reason": "Torn", "difference": "-1", "key": "x"}, "key", "valid UUID"),
        ({"reason": "Torn", "counted": "1", "thought": ""}, "thought", "required"),
    ],
)
def test_a_wrong_correction_is_explained_and_changes_nothing(admin, emma, typed, field, says):
    page = admin.post(page_of(emma), filled_in(admin, emma, **typed))

    assert says in page.context["form"].errors[field][0]
    assert "Error:" in page.content.decode().split("</title>")[0]
    assert corrections(emma) == []


def test_the_page_is_reached_from_the_book(admin, emma):
    page = admin.get(reverse("admin:catalog_book_change", args=[emma.pk]))

    assert f'href="{page_of(emma)}"' in page.content.decode()


def test_a_book_that_is_not_there_is_told(admin):
    answer = admin.get(reverse("admin:catalog_book_correct_stock", args=["404"]), follow=True)

    assert "There is no such book" in said(answer)


def test_only_who_may_correct_corrects(admin, desk, client, emma):
    form = filled_in(admin, emma, difference="-1", reason="Torn")

    may_not = desk("view_book", "change_book", "receive_stock")
    assert may_not.get(page_of(emma)).status_code == 403
    assert may_not.post(page_of(emma), form).status_code == 403
    page = may_not.get(reverse("admin:catalog_book_change", args=[emma.pk])).content.decode()
    assert page_of(emma) not in page
    client.force_login(UserFactory())
    assert client.post(page_of(emma), form).status_code == 302
    assert corrections(emma) == []
    assert desk("view_book", "correct_stock").post(page_of(emma), form).status_code == 302
    assert corrections(emma) == [(-1, "Torn")]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_correction_is_shown_or_sent_and_nothing_else(admin, emma, method):
    assert getattr(admin, method)(page_of(emma)).status_code == 405
