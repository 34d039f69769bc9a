"""Ten times the same request in the same moment."""

from collections import Counter
from threading import Barrier, Thread

import pytest
from django.db import connection

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from cart.models import CartLine

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TIMES = 10


def added_at_once(api, **headers):
    """Answers to ten POSTs of one program, each on its own connection."""
    ada = UserFactory()
    token = api(ada).sign_in(ada)["access"]
    line, barrier, answers = {"isbn13": BookFactory(stock=50).isbn13}, Barrier(TIMES), []

    def add():
        try:
            barrier.wait(timeout=30)
            authorization = f"Bearer {token}"
            answers.append(
                api().send("POST", "/api/cart/lines", line, Authorization=authorization, **headers)
            )
        finally:
            connection.close()

    threads = [Thread(target=add) for _ in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def test_with_one_key_the_book_is_added_once(api):
    answers = added_at_once(api, Idempotency_Key="once")

    said = Counter(
        "replayed" if answer.headers.get("Idempotent-Replayed") else answer.json().get("code", "added")
        for answer in answers
    )
    assert said["added"] == 1
    assert said.total() == said["added"] + said["replayed"] + said["idempotency_key_in_use"] == TIMES
    assert CartLine.objects.get().quantity == 1


def test_without_a_key_it_is_added_each_time(api):
    """The control: what the key is for."""
    answers = added_at_once(api)

    assert [answer.status_code for answer in answers] == [201] * TIMES
    assert CartLine.objects.get().quantity == TIMES
