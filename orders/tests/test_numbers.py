"""Order numbers: read out on the telephone, and not to be guessed."""

import math
import re

import pytest
from django.db import IntegrityError, transaction

from orders.factories import place_order
from orders.models import Order
from orders.models.order import NUMBER_ALPHABET, new_number


def test_a_number_has_three_groups_that_can_be_read_out():
    for _ in range(200):
        assert re.fullmatch(
            f"[{NUMBER_ALPHABET}]{{5}}-[{NUMBER_ALPHABET}]{{5}}-[{NUMBER_ALPHABET}]{{4}}", new_number()
        )


def test_no_character_looks_like_another():
    assert not set("01ILOU") & set(NUMBER_ALPHABET)
    assert len(set(NUMBER_ALPHABET)) == len(NUMBER_ALPHABET)


def test_nobody_guesses_a_number():
    assert 14 * math.log2(len(NUMBER_ALPHABET)) > 64
    assert len({new_number() for _ in range(5000)}) == 5000


@pytest.mark.django_db
def test_two_orders_never_share_a_number():
    one, other = place_order(), place_order()

    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=other.pk).update(number=one.number)
