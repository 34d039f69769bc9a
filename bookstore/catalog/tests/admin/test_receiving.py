from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.admin import receiving
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import StockEntry, StockMovement

from .conftest import said

pytestmark = pytest.mark.django_db

RECEIVE = reverse("admin:catalog_book_receive")
EMMA, PERSUASION = "9780141439587", "9780141439686"


@pytest.fixture
def emma():
    return BookFactory(title="Emma", isbn13=EMMA, stock=1)


@pytest.fixture
def persuasion():
    return BookFactory(title="Persuasion", isbn13=PERSUASION, stock=0)


class Unpacking:
    """Somebody with a box of books and a scanner. `fields` is what the page would send."""

    def __init__(self, client):
        self.client = client
        self._read(client.get(RECEIVE))

    def scan(self, *isbns):
        for isbn in isbns:
            self.sends(isbn=isbn, scan="Count")
        return self.page

    def sends(self, **more):
        return self._read(self.client.post(RECEIVE, self.fields | more))

    def books_it(self, **more):
        return self.client.post(RECEIVE, self.fields | {"book": "Book"} | more, follow=True)

    def _read(self, page):
        self.page, form = page, page.context["form"]
        self.fields = {field.html_name: field.value() or "" for field in form}
        return page

    @property
    def counts(self):
        return {book.title: field.value() for book, field in self.page.context["form"].rows}

    @property
    def errors(self):
        return {name: errors[0] for name, errors in self.page.context["form"].errors.items()}


@pytest.fixture
def unpacking(admin):
    return Unpacking(admin)


def stock(book):
    book.refresh_from_db()
    return book.stock


def test_a_box_is_scanned_copy_by_copy_and_booked_at_once(unpacking, staff, emma, persuasion):
    unpacking.scan(EMMA, PERSUASION, EMMA, EMMA)
    assert unpacking.counts == {"Emma": "3", "Persuasion": "1"}
    assert (stock(emma), stock(persuasion)) == (1, 0)

    answer = unpacking.books_it(note="Gardners 4711")

    assert "Booked: 4 copies of 2 books" in said(answer)
    assert (stock(emma), stock(persuasion)) == (4, 1)
    movement = emma.movements.first()
    assert (movement.delta, movement.reason, movement.note, movement.actor) == (
        3, StockMovement.Reason.RECEIVED, "Gardners 4711", staff,
    )  # fmt: skip
    assert movement.entry == persuasion.movements.get().entry


def test_the_page_is_ready_for_a_scanner(unpacking, emma):
    page = unpacking.scan(EMMA).content.decode()

    assert "autofocus" in page[page.index('name="isbn"') :].split(">")[0]
    assert 'name="isbn" value' not in page
    first_button = page[page.index('name="isbn"') :].split('type="submit"')[1]
    assert first_button.startswith(' name="scan"')  # Enter presses the first one
    assert '<p class="delivery-news" role="status">' in page
    assert "<strong>1</strong> × Emma" in page


def test_the_book_scanned_last_is_on_top(unpacking, emma, persuasion):
    unpacking.scan(EMMA, PERSUASION)
    assert list(unpacking.counts) == ["Persuasion", "Emma"]

    unpacking.scan(EMMA)

    assert list(unpacking.counts) == ["Emma", "Persuasion"]


@pytest.mark.parametrize("text", ["978-0-14-143958-7", " 9780141439587 ", "0141439580", "0-14-143958-0"])
def test_an_isbn_may_be_written_in_any_way(unpacking, emma, text):
    unpacking.scan(text)

    assert unpacking.counts == {"Emma": "1"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("9780141439588", "one of its digits was mistyped"),
        ("0141439581", "one of its digits was mistyped"),
        ("5012345678900", "begins with 978 or 979"),
        ("97801414395879780141439587", "Enter an ISBN of 13 digits"),
        ("<b>Emma</b>\0", "Enter an ISBN of 13 digits"),
    ],
)
def test_a_number_that_is_no_isbn_is_told_and_keeps_the_rest(unpacking, emma, text, says):
    unpacking.scan(EMMA)

    page = unpacking.scan(text)

    assert says in unpacking.errors["isbn"]
    assert unpacking.counts == {"Emma": "1"}
    assert unpacking.fields["isbn"] == ""
    assert "<b>Emma</b>" not in page.content.decode()


def test_an_unknown_book_is_told_and_offered_to_be_added(unpacking, emma):
    unpacking.scan(EMMA)

    page = unpacking.scan("0-14-143968-8")

    assert "9780141439686 was not added: the shop has no book" in unpacking.errors["isbn"]
    assert unpacking.counts == {"Emma": "1"}
    add = reverse("admin:catalog_book_add") + "?isbn13=9780141439686"
    assert f'href="{add}"' in page.content.decode()
    assert unpacking.client.get(add).context["adminform"].form["isbn13"].value() == "9780141439686"


def test_who_may_not_add_books_is_not_offered_to(desk, emma):
    unpacking = Unpacking(desk("receive_stock"))

    page = unpacking.scan(PERSUASION).content.decode()

    assert "the shop has no book" in page
    assert "?isbn13=" not in page


def test_counts_are_put_right_before_they_are_booked(unpacking, emma, persuasion):
    unpacking.scan(EMMA, PERSUASION)

    unpacking.sends(**{f"copies_{EMMA}": "12"})
    unpacking.scan(EMMA)
    unpacking.sends(remove=PERSUASION)

    assert unpacking.counts == {"Emma": "13"}
    unpacking.books_it()
    assert (stock(emma), stock(persuasion)) == (14, 0)


@pytest.mark.parametrize("number", ["0", "-2", "many", "", "1.5", "10000", "9" * 30])
@pytest.mark.parametrize("button", ["scan", "book"])
def test_a_wrong_count_is_told_next_to_it_and_nothing_is_lost(unpacking, emma, persuasion, number, button):
    unpacking.scan(EMMA, PERSUASION)

    unpacking.sends(**{f"copies_{EMMA}": number, button: "yes", "note": "Gardners"})

    assert list(unpacking.errors) == [f"copies_{EMMA}"]
    assert unpacking.counts == {"Persuasion": "1", "Emma": number}
    assert unpacking.fields["note"] == "Gardners"
    assert stock(emma) == 1


def test_an_isbn_typed_but_not_counted_is_counted_instead_of_lost(unpacking, emma, persuasion):
    unpacking.scan(EMMA)

    unpacking.sends(isbn=PERSUASION, book="Book the delivery")

    assert unpacking.counts == {"Persuasion": "1", "Emma": "1"}
    assert not StockEntry.objects.exists()


def test_an_empty_delivery_is_not_booked(unpacking):
    unpacking.sends(book="Book the delivery")

    assert "scan the first book" in unpacking.errors["isbn"]
    assert not StockEntry.objects.exists()


def test_a_scan_that_is_sent_twice_counts_once(unpacking, emma):
    once = unpacking.fields | {"isbn": EMMA}

    for _ in range(2):
        page = unpacking.client.post(RECEIVE, once)

    assert page.context["form"][f"copies_{EMMA}"].value() == "1"


def test_a_delivery_that_is_sent_twice_is_booked_once(unpacking, emma):
    unpacking.scan(EMMA, EMMA)
    unpacking.books_it()

    again = unpacking.books_it(**{f"copies_{EMMA}": "7"})

    assert "booked before" in said(again)
    assert stock(emma) == 3
    assert StockEntry.objects.count() == 1


@pytest.mark.parametrize("key", ["", "no key"])
def test_a_form_without_its_key_books_nothing(unpacking, emma, key):
    unpacking.scan(EMMA)

    page = unpacking.client.post(RECEIVE, unpacking.fields | {"key": key, "book": "Book"})

    assert "key" in page.context["form"].errors
    assert stock(emma) == 1


def test_books_that_are_gone_meanwhile_leave_the_list(unpacking, emma):
    unpacking.scan(EMMA)

    page = unpacking.sends(**{f"copies_{PERSUASION}": "3", "copies_x": "1"})

    assert [book for book, _ in page.context["form"].rows] == [emma]


def test_a_delivery_of_very_many_books_is_booked_in_parts(unpacking, monkeypatch, emma, persuasion):
    monkeypatch.setattr(receiving, "MOST_BOOKS", 1)

    unpacking.scan(EMMA, PERSUASION, EMMA)

    assert unpacking.counts == {"Emma": "2"}
    unpacking.scan(PERSUASION)
    assert "Book these 1 books first" in unpacking.errors["isbn"]


def test_a_long_list_costs_no_more_queries_than_a_short_one(unpacking):
    books = BookFactory.create_batch(30)
    unpacking.scan(books[0].isbn13)
    with CaptureQueriesContext(connection) as few:
        unpacking.scan(books[0].isbn13)
    unpacking.scan(*(book.isbn13 for book in books))

    with CaptureQueriesContext(connection) as many:
        unpacking.scan(books[0].isbn13)

    assert len(unpacking.counts) == 30
    assert len(many) == len(few) <= 5


def test_only_who_may_receive_receives(desk, client, emma):
    form = {"key": uuid4(), f"copies_{EMMA}": "5", "book": "Book"}

    for may_not in (desk("view_book", "correct_stock", "change_book"), desk()):
        assert may_not.get(RECEIVE).status_code == 403
        assert may_not.post(RECEIVE, form).status_code == 403
    client.force_login(UserFactory())
    assert client.post(RECEIVE, form).status_code == 302

    assert stock(emma) == 1


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_delivery_is_shown_or_sent_and_nothing_else(admin, method):
    assert getattr(admin, method)(RECEIVE).status_code == 405
