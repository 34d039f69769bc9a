"""Books as CSV: what goes out can come back, and does no harm in a spreadsheet."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookstore.catalog.factories import BookFactory, SubjectFactory
from bookstore.catalog.models import Book

from .transfers import EMMA, EXPORT, PERSUASION, exported, file_of, imports, uploads

pytestmark = pytest.mark.django_db


def test_what_is_exported_comes_back_unchanged(admin, emma):
    poem = BookFactory(title="=SUM(A1)", subtitle="-dashed", contributors=["Homer"], stock=0)
    Book.objects.filter(pk=poem.pk).update(
        description="One\r\n\r\n+two", first_published=-700, published_on="1999-01-02", active=False
    )
    response = admin.get(EXPORT)
    content = b"".join(response.streaming_content)

    page = uploads(admin, content)

    assert page.context["preview"].counts == {"new": 0, "changed": 0, "unchanged": 2, "wrong": 0}
    assert response["Content-Disposition"].startswith('attachment; filename="books-')


def test_no_cell_is_a_formula(admin, emma):
    BookFactory(title='=HYPERLINK("http://x")', subtitle="@x", contributors=["+Plus"], publisher="-x")

    row = exported(admin, q="hyperlink")[0]

    assert row["title"] == '\'=HYPERLINK("http://x")'
    assert [row[name][0] for name in ("subtitle", "contributors", "publisher")] == ["'"] * 3


def test_a_name_with_an_apostrophe_keeps_it(admin):
    imports(admin, file_of(f"{EMMA},'Twas the night,8", f"{PERSUASION},'=1+1,8"))

    assert list(Book.objects.order_by("isbn13").values_list("title", flat=True)) == [
        "'Twas the night",
        "=1+1",
    ]


def test_an_export_honours_the_filters_and_the_order_of_the_list(admin):
    for title, stock in [("Beta", 0), ("Alpha", 0), ("Gamma", 7)]:
        BookFactory(title=title, stock=stock)

    assert [row["title"] for row in exported(admin, stock="none")] == ["Alpha", "Beta"]
    assert [row["stock"] for row in exported(admin, o="-6")] == ["7", "0", "0"]
    assert exported(admin, q="nothing like it") == []
    assert admin.get(EXPORT, {"stock": "none", "nonsense": "x"}).status_code == 302


def test_the_list_links_to_its_own_export(admin, emma):
    page = admin.get(reverse("admin:catalog_book_changelist"), {"stock": "some"})

    assert f'href="{EXPORT}?stock=some"' in page.content.decode()


def test_the_export_of_many_books_costs_few_queries(admin):
    BookFactory.create_batch(30, subjects=[SubjectFactory()])

    with CaptureQueriesContext(connection) as seen:
        assert len(exported(admin)) == 30

    assert len(seen) <= 12
