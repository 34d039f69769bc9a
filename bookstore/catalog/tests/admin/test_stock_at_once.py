"""Two people press the same button at the same moment, on PostgreSQL; and what would happen without the key."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from bookstore.accounts.factories import StaffFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, OutOfStock, StockEntry
from bookstore.testing.threads import at_once, meanwhile

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

RECEIVE = reverse("admin:catalog_book_receive")


def browsers(number):
    clients = [Client() for _ in range(number)]
    for client in clients:
        client.force_login(StaffFactory())
    return clients


def stock_and_sum(book):
    book.refresh_from_db()
    return book.stock, book.movements.aggregate(total=Sum("delta"))["total"]


def test_a_delivery_that_two_people_book_at_once_is_booked_once():
    book = BookFactory(stock=1)
    form = {"key": str(uuid4()), f"copies_{book.isbn13}": "5", "book": "Book"}

    answers = at_once(*(lambda client=client: client.post(RECEIVE, form) for client in browsers(8)))

    assert [answer.status_code for answer in answers] == [302] * 8
    assert stock_and_sum(book) == (6, 6)
    assert StockEntry.objects.count() == 1


def test_the_second_waits_until_the_first_has_booked_and_then_does_nothing():
    book, key = BookFactory(stock=1), uuid4()

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        assert Book.objects.enter_delivery({book.pk: 5}, None, key=key)
        second = meanwhile(threads, lambda: Book.objects.enter_delivery({book.pk: 5}, None, key=key))
    is_new = second.result()

    assert is_new is False
    assert stock_and_sum(book) == (6, 6)


def test_the_second_books_when_the_first_comes_to_nothing():
    book, key = BookFactory(stock=1), uuid4()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Book.objects.enter_delivery({book.pk: 5}, None, key=key)
            second = meanwhile(threads, lambda: Book.objects.enter_delivery({book.pk: 5}, None, key=key))
            transaction.set_rollback(True)
        is_new = second.result()

    assert is_new is True
    assert stock_and_sum(book) == (6, 6)


def test_control_without_one_key_each_of_them_books_the_delivery():
    book = BookFactory(stock=1)
    forms = [{"key": str(uuid4()), f"copies_{book.isbn13}": "5", "book": "Book"} for _ in range(8)]

    at_once(
        *(
            lambda client=client, form=form: client.post(RECEIVE, form)
            for client, form in zip(browsers(8), forms, strict=True)
        )
    )

    assert stock_and_sum(book) == (41, 41)


def test_a_delivery_a_correction_and_sales_at_once_lose_no_copy():
    book = BookFactory(stock=20)

    at_once(
        *[lambda: Book.objects.enter_delivery({book.pk: 5}, None, key=uuid4())] * 4,
        *[lambda: Book.objects.take({book.pk: 2}, order_id=uuid4())] * 4,
        *[lambda: Book.objects.enter_correction(book, -1, None, key=uuid4(), note="Torn")] * 4,
    )

    assert stock_and_sum(book) == (28, 28)


def test_one_correction_sent_by_two_people_takes_its_copies_once():
    book, key = BookFactory(stock=3), uuid4()

    answers = at_once(*[lambda: Book.objects.enter_correction(book, -2, None, key=key, note="Torn")] * 6)

    assert sorted(answers) == [False] * 5 + [True]
    assert stock_and_sum(book) == (1, 1)


def test_of_a_sale_and_a_correction_that_both_want_the_last_copy_one_gets_it():
    book = BookFactory(stock=1)

    answers = at_once(
        lambda: Book.objects.take({book.pk: 1}, order_id=uuid4()),
        lambda: Book.objects.enter_correction(book, -1, None, key=uuid4(), note="Stolen"),
        raising=OutOfStock,
    )

    assert [isinstance(answer, OutOfStock) for answer in answers].count(True) == 1
    assert stock_and_sum(book) == (0, 0)
