"""Saving a book never writes its stock: the number that was loaded may be old."""

from uuid import uuid4

import pytest
from django.urls import reverse

from bookstore.accounts.factories import StaffFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book

pytestmark = pytest.mark.django_db


def test_a_book_saved_from_an_old_copy_keeps_what_was_sold_meanwhile():
    book = BookFactory(stock=5)
    old_copy = Book.objects.get(pk=book.pk)
    Book.objects.take({book.pk: 2}, order_id=uuid4())

    old_copy.title = "Emma, corrected"
    old_copy.save()

    book.refresh_from_db()
    assert (book.title, book.stock) == ("Emma, corrected", 3)


def test_the_admin_keeps_what_is_sold_while_a_book_is_edited(client, monkeypatch):
    book = BookFactory(stock=5)
    client.force_login(StaffFactory())
    page = reverse("admin:catalog_book_change", args=[book.pk])
    form = client.get(page).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value()}
    data |= {"title": "Emma, corrected", "contributions-TOTAL_FORMS": 0, "contributions-INITIAL_FORMS": 0}
    full_clean = Book.full_clean

    def sold_meanwhile(self, *args, **kwargs):
        Book.objects.take({book.pk: 2}, order_id=uuid4())
        return full_clean(self, *args, **kwargs)

    monkeypatch.setattr(Book, "full_clean", sold_meanwhile)
    answer = client.post(page, data)

    book.refresh_from_db()
    assert answer.status_code == 302
    assert (book.title, book.stock) == ("Emma, corrected", 3)


def test_a_book_loaded_in_part_is_saved_in_part():
    book = BookFactory(price="9.99", publisher="Lantern")
    part = Book.objects.only("title", "subtitle", "isbn13", "publisher", "slug", "credits").get(pk=book.pk)
    Book.objects.filter(pk=book.pk).update(price="12.00")

    part.subtitle = "A novel"
    part.save()

    book.refresh_from_db()
    assert (book.subtitle, str(book.price)) == ("A novel", "12.00")
