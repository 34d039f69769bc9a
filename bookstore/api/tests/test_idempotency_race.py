"""Ten times the same request in the same moment."""

from collections import Counter

import pytest

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.threads import at_once
from cart.models import CartLine

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TIMES = 10


def added_at_once(api, **headers):
    """Answers to ten POSTs of one program, each on its own connection."""
    ada = UserFactory()
    token = api(ada).sign_in(ada)["access"]
    line = {"isbn13": BookFactory(stock=50).isbn13}

    def add():
        return api().send("POST", "/api/cart/lines", line, Authorization=f"Bearer {token}", **headers)

    return at_once(*[add] * TIMES)


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
