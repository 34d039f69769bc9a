"""Two people confirm one import at the same moment, or while a book is sold, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import transaction

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.catalog.transfer import importing
from bookstore.testing.threads import at_once, meanwhile

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def uploaded(*rows):
    content = "\n".join(["isbn13,title,price", *rows]).encode()
    file = importing.upload("books.csv", content, None)
    return file, importing.preview(file).digest


def test_one_import_that_many_confirm_at_once_is_done_once():
    books = BookFactory.build_batch(5)
    file, digest = uploaded(*(f"{book.isbn13},{book.title},5" for book in books))

    answers = at_once(*[lambda: importing.confirm(file.key, digest)] * 6)

    assert sorted(answers) == [False] * 5 + [True]
    assert Book.objects.count() == 5


def test_two_imports_of_the_same_new_book_make_one_book():
    book = BookFactory.build()
    files = [uploaded(f"{book.isbn13},{title},5") for title in ("One", "Two")]

    answers = at_once(
        *[lambda f=f, d=d: importing.confirm(f.key, d) for f, d in files], raising=importing.HasChanged
    )

    assert sorted(map(str, map(type, answers))) == sorted(map(str, [bool, importing.HasChanged]))
    assert Book.objects.count() == 1


def test_a_price_that_somebody_changes_at_this_moment_is_not_overwritten_unseen():
    book = BookFactory(price=7)
    file, digest = uploaded(f"{book.isbn13},{book.title},5")

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Book.objects.filter(pk=book.pk).update(price=9)
            confirming = meanwhile(threads, lambda: importing.confirm(file.key, digest))
        with pytest.raises(importing.HasChanged):
            confirming.result()

    assert Book.objects.get().price == 9


def test_control_without_the_lock_a_price_is_overwritten_unseen(monkeypatch):
    book = BookFactory(price=7)
    file, digest = uploaded(f"{book.isbn13},{book.title},5")
    monkeypatch.setattr(importing, "_lock_books", lambda uploaded: None)

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Book.objects.filter(pk=book.pk).update(price=9)
            confirming = meanwhile(threads, lambda: importing.confirm(file.key, digest))
        assert confirming.result() is True

    assert Book.objects.get().price == 5


def test_what_is_sold_while_books_are_imported_stays_sold():
    book = BookFactory(price=7, stock=5)
    file, digest = uploaded(f"{book.isbn13},{book.title},5")

    answers = at_once(
        lambda: importing.confirm(file.key, digest),
        *[lambda: Book.objects.take({book.pk: 1}, order_id=uuid4())] * 3,
    )

    assert answers == [True, None, None, None]
    book.refresh_from_db()
    assert (book.stock, str(book.price)) == (2, "5.00")
