from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, BookImport, Contributor, StockMovement, Subject
from bookstore.catalog.transfer import importing, table

from .conftest import said
from .transfers import (
    EMMA,
    EXPORT,
    IDIOT,
    IMPORT,
    PERSUASION,
    changes,
    confirms,
    file_of,
    imports,
    refusal,
    trouble,
    uploads,
)

pytestmark = pytest.mark.django_db

# -- Preview ---------------------------------------------------------------------------------------------------------


def test_a_preview_says_what_would_change_and_changes_nothing(admin, emma):
    rows = [f"{EMMA},Emma,8.50", f"{PERSUASION},Persuasion,6.00"]

    page = uploads(admin, file_of(*rows))

    assert page.context["preview"].counts == {"new": 1, "changed": 1, "unchanged": 0, "wrong": 0}
    assert changes(page)[EMMA] == {"price": ("7.99", "8.50")}
    assert changes(page)[PERSUASION]["title"] == ("", "Persuasion")
    html = page.content.decode()
    assert "<del>7.99</del>" in html
    assert "<ins>8.50</ins>" in html
    emma.refresh_from_db()
    assert (str(emma.price), Book.objects.count()) == ("7.99", 1)


def test_books_that_stay_as_they_are_are_counted_and_not_listed(admin, emma):
    page = uploads(admin, file_of(f"{EMMA},Emma,7.990".replace("7.990", "7.99")))

    assert page.context["preview"].counts["unchanged"] == 1
    assert "there is nothing to import" in page.content.decode()
    assert 'type="submit" class="default"' not in page.content.decode()


def test_what_is_confirmed_is_imported(admin, staff, emma):
    header = "isbn13,title,subtitle,contributors,subjects,publisher,published_on,first_published,format,pages,language,price,active,description"  # noqa: E501
    row = (
        '0-14-044792-X,The Idiot,A novel,"Fyodor Dostoevsky; David McDuff (translator)","novels; Russia",Penguin,'
        '2004-08-26,1869,Paperback,732,en,9.99,yes,"A prince, and\nwhat became of him"'
    )

    answer = imports(
        admin, file_of(row, f"{EMMA},Emma,,Jane Austen,Novels,Penguin,,,hardback,,en,8,no,", header=header)
    )

    assert "1 added, 1 changed" in said(answer)
    idiot = Book.objects.get(isbn13=IDIOT)
    assert (idiot.slug, idiot.byline, idiot.pages, idiot.stock) == ("the-idiot", "Fyodor Dostoevsky", 732, 0)
    assert idiot.credits[1] == {"name": "David McDuff", "role": "translator"}
    assert [subject["name"] for subject in idiot.subject_list] == ["Novels", "Russia"]
    assert (idiot.published_on.isoformat(), idiot.first_published) == ("2004-08-26", 1869)
    assert Book.objects.search("dostoevsky idiot").get() == idiot
    assert Contributor.objects.get(name="Fyodor Dostoevsky").sort_name == "Dostoevsky, Fyodor"
    emma.refresh_from_db()
    assert (emma.format, str(emma.price), emma.active, emma.stock) == ("hardback", "8.00", False, 4)
    done = BookImport.objects.get()
    assert (done.actor, done.books_added, done.books_changed, done.content) == (staff, 1, 1, "")


def test_a_column_that_is_left_out_stays_as_it_is(admin, emma):
    imports(admin, file_of(f"{EMMA},8.50", header="ISBN13 ,price"))

    emma.refresh_from_db()
    assert (emma.title, emma.byline, emma.subject_list[0]["name"]) == ("Emma", "Jane Austen", "Novels")


def test_an_empty_cell_empties(admin, emma):
    imports(admin, file_of(f"{EMMA},,,", header="isbn13,contributors,subjects,publisher"))

    emma.refresh_from_db()
    assert (emma.credits, emma.subject_list, emma.publisher) == ([], [], "")


def test_names_that_the_shop_does_not_know_are_told(admin, emma):
    row = f"{EMMA},Jane Austin; Emma Donoghue (editor),novels; Nvels"

    page = uploads(admin, file_of(row, header="isbn13,contributors,subjects"))

    assert page.context["preview"].new_people == ["Emma Donoghue", "Jane Austin"]
    assert page.context["preview"].new_shelves == ["Nvels"]
    assert "or mistyped: Emma Donoghue, Jane Austin" in page.content.decode()


def test_stock_is_left_alone_and_the_page_says_so(admin, emma):
    page = uploads(admin, file_of(f"{EMMA},9.00,500", header="isbn13,price,stock"))

    assert "The column stock is left alone" in page.content.decode()
    confirms(admin, page)
    emma.refresh_from_db()
    assert emma.stock == 4
    assert StockMovement.objects.count() == 1


def test_a_new_book_cannot_smuggle_in_what_has_no_column(admin):
    page = uploads(admin, file_of(f"{EMMA},Emma,8,x", header="isbn13,title,price,staff_note"))

    assert "knows no column staff_note" in refusal(page)


# -- Mistakes --------------------------------------------------------------------------------------------------------

MISTAKES = {
    "9780141439588,E,1": "isbn13: “9780141439588” is no ISBN",
    "9.78014E+12,E,1": "format the column as text",
    ",E,1": "isbn13: “” is no ISBN",
    f"{EMMA},,1": "title: This field cannot be blank",
    f"{EMMA},{'x' * 251},1": "title: Ensure this value has at most 250",
    f"{EMMA},E,": "price: This field cannot be null",
    f"{EMMA},E,-1": "price: “-1” is no price",
    f"{EMMA},E,NaN": "price: “NaN” is no price",
    f'{EMMA},E,"8,50"': "price: “8,50” is no price. Write it like 9.99",
    f"{EMMA},E,1.999": "price: “1.999” is no price",
    f"{EMMA},E,99999999999": "is no price",
    f"{EMMA},E,１": "is no price",
}


@pytest.mark.parametrize(("row", "says"), MISTAKES.items(), ids=range(len(MISTAKES)))
def test_a_mistake_is_told_with_its_row_and_nothing_at_all_is_imported(admin, row, says):
    page = uploads(admin, file_of(f"{PERSUASION},Persuasion,6", row))

    [(number, words)] = trouble(page)
    assert number == 3
    assert says in words
    assert page.content.decode().split("<title>")[1].startswith("Error:")
    assert "all or nothing" in page.content.decode()
    confirms(admin, page)
    assert not Book.objects.exists()


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("published_on", "26/08/2004", "Write it like 2026-11-23"),
        ("published_on", "2004-02-31", "is no date"),
        ("pages", "many", "no whole number"),
        ("pages", "1.5", "no whole number"),
        ("pages", "-3", "no whole number from 0"),
        ("pages", "99999", "no whole number"),
        ("active", "perhaps", "Write yes or no"),
        ("active", "", "Write yes or no"),
        ("format", "scroll", "Write paperback or hardback"),
        ("contributors", "A; B; A", "A (author) stands there twice"),
        ("contributors", "x" * 161, "at most 160 letters"),
        ("subjects", "Novels; novels", "novels stands there twice"),
        ("language", "x" * 9, "at most 8"),
    ],
)
def test_every_column_is_checked(admin, emma, column, value, says):
    page = uploads(admin, file_of(f"{EMMA},{value}", header=f"isbn13,{column}"))

    [(_, words)] = trouble(page)
    assert words.startswith(f"{column}: ")
    assert says in words


def test_all_mistakes_of_a_row_are_told_together(admin):
    page = uploads(admin, file_of(f"{EMMA},,free"))

    assert [words.partition(":")[0] for words in trouble(page)[0][1:]] == ["price", "title"]


def test_an_isbn_that_stands_there_twice_is_told(admin):
    page = uploads(admin, file_of(f"{EMMA},Emma,8", "0-14-143958-0,Emma,9"))

    assert trouble(page) == [(3, "isbn13: This ISBN stands in row 2 already.")]


FILES = {
    "no CSV": (b"\x89PNG\r\n\x1a\n\xff\xfe", "not in UTF-8"),
    "another encoding": (file_of(f"{EMMA},Émile,8", encoding="latin-1"), "CSV UTF-8"),
    "UTF-16": (file_of(f"{EMMA},E,8", encoding="utf-16"), "no text file"),
    "empty": (b"", "empty"),
    "blank": (b"\n\n  \n", "has to name the columns"),
    "no header": (f"{EMMA},Emma,8".encode(), "has to name the columns"),
    "no rows": (file_of(), "no rows"),
    "a column twice": (file_of(f"{EMMA},E,E", header="isbn13,title,title"), "twice"),
    "an unknown column": (file_of(f"{EMMA},E,E", header="isbn13,titel,price"), "no column titel"),
    "too many cells": (file_of(f"{EMMA},E,8,9"), "Row 2 has more cells"),
    "a cell without end": (file_of(f'{EMMA},"' + "x" * 140_000), "This is no CSV file"),
    "too large": (file_of(f"{EMMA},E,8") + b"\n" * table.MOST_BYTES, "at most 5 MB"),
    "too many rows": (file_of(*[f"{EMMA},E,8"] * 10_001), "10001 rows"),
}


@pytest.mark.parametrize(("content", "says"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_read_is_told_at_the_field(admin, content, says):
    page = uploads(admin, content)

    assert says in refusal(page)
    assert not BookImport.objects.exists()


def test_a_form_without_a_file_is_told(admin):
    assert "required" in refusal(admin.post(IMPORT))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_of_other_spreadsheets_are_read(admin, delimiter):
    content = b"\xef\xbb\xbf" + file_of(f"{EMMA},Emma,8").replace(b",", delimiter.encode()).replace(
        b"\n", b"\r\n"
    )

    imports(admin, content)

    assert Book.objects.get().title == "Emma"


# -- Once, and as it was shown ---------------------------------------------------------------------------------------


def test_an_import_that_is_confirmed_twice_is_done_once(admin, emma):
    page = uploads(admin, file_of(f"{EMMA},Emma,8.50"))
    confirms(admin, page)
    Book.objects.filter(pk=emma.pk).update(price=5)

    again = confirms(admin, page)

    assert "imported before" in said(again)
    assert Book.objects.get().price == 5


def test_a_shop_that_has_changed_since_the_preview_is_shown_again(admin, emma):
    page = uploads(admin, file_of(f"{EMMA},Emma,8.50"))
    Book.objects.filter(pk=emma.pk).update(price=6)

    again = confirms(admin, page)

    assert "The shop has changed meanwhile" in again.content.decode()
    assert changes(again)[EMMA] == {"price": ("6.00", "8.50")}
    assert Book.objects.get().price == 6
    confirms(admin, again)
    assert str(Book.objects.get().price) == "8.50"


@pytest.mark.parametrize("digest", ["", "x"])
def test_nothing_is_imported_that_was_not_shown(admin, emma, digest):
    confirms(admin, uploads(admin, file_of(f"{EMMA},Emma,8.50")), digest=digest)

    assert str(Book.objects.get().price) == "7.99"


def test_a_failure_half_way_leaves_nothing_behind(admin, emma, monkeypatch):
    page = uploads(admin, file_of(f"{EMMA},Emma,8.50", f"{PERSUASION},Persuasion,6"))

    def fails(books):
        raise OSError("the power is gone")

    monkeypatch.setattr(Book.objects, "reindex", fails)
    with pytest.raises(OSError, match="power"):
        confirms(admin, page)

    assert [(book.title, str(book.price)) for book in Book.objects.all()] == [("Emma", "7.99")]
    assert BookImport.objects.get().done_at is None


def test_a_file_that_nobody_confirmed_is_forgotten(admin, emma):
    old = uploads(admin, file_of(f"{EMMA},Emma,8.50"))
    BookImport.objects.update(uploaded_at=timezone.now() - importing.KEPT * 2)
    uploads(admin, file_of(f"{EMMA},Emma,9.50"))

    answer = confirms(admin, old)

    assert "waited for too long" in said(answer)
    assert BookImport.objects.count() == 1


# -- Cost, and who may -----------------------------------------------------------------------------------------------


def test_a_long_file_costs_no_more_queries_than_a_short_one(admin):
    books = BookFactory.build_batch(42)
    Subject.objects.create(name="Letters")

    def rows(some, price):
        return [f"{b.isbn13},Title,{price},Jane Austen; Author {b.isbn13},Novels; Letters" for b in some]

    def queries(some, price):
        content = file_of(*rows(some, price), header="isbn13,title,price,contributors,subjects")
        with CaptureQueriesContext(connection) as shown:
            page = uploads(admin, content)
        with CaptureQueriesContext(connection) as done:
            confirms(admin, page)
        return len(shown), len(done)

    queries(books[:21], 7)  # these are known then, the others are new

    few, many = queries([books[0], books[21]], 8), queries(books[1:21] + books[22:], 8)

    assert Book.objects.count() == 42
    assert few == many


def test_only_who_may_import_imports_and_exports(desk, client, admin, emma):
    page = uploads(admin, file_of(f"{EMMA},Emma,8.50"))
    address = page.request["PATH_INFO"]

    may_not = desk("view_book", "change_book", "add_book")
    for url in (IMPORT, EXPORT, address):
        assert may_not.get(url).status_code == 403
    assert may_not.post(address, {"digest": page.context["preview"].digest}).status_code == 403
    assert uploads(may_not, file_of(f"{EMMA},Emma,8.50")).status_code == 403
    client.force_login(UserFactory())
    assert client.get(EXPORT).status_code == 302
    assert client.post(address, {"digest": page.context["preview"].digest}).status_code == 302
    assert str(Book.objects.get().price) == "7.99"
    assert desk("import_books").get(IMPORT).status_code == 200


@pytest.mark.parametrize(("url", "methods"), [(IMPORT, ["put", "delete"]), (EXPORT, ["post", "put"])])
def test_pages_answer_to_their_own_methods_only(admin, url, methods):
    assert {getattr(admin, method)(url).status_code for method in methods} == {405}


def test_a_preview_that_is_not_there_is_told(admin):
    answer = admin.get(reverse("admin:catalog_book_preview", args=[uuid4()]), follow=True)

    assert "waited for too long" in said(answer)
