"""The name of this shop at Stripe, and how far Stripe's lists were read."""

import uuid

import pytest

from payments.models import Cursor, Installation

from .news import at

pytestmark = pytest.mark.django_db

EVENTS, CHARGES = Cursor.Name.EVENTS, Cursor.Name.CHARGES


def test_the_shop_has_one_name_for_good():
    name = Installation.ours()

    assert Installation.ours() == name
    assert uuid.UUID(name) == Installation.objects.get().key


def test_a_list_that_was_never_read_has_no_cursor():
    Cursor.move(CHARGES, seen_until=at(0))

    assert Cursor.find(EVENTS) is None


def test_a_cursor_moves_forward_only():
    for seconds in (10, 20, 15):
        Cursor.move(EVENTS, seen_until=at(seconds))

    assert Cursor.find(EVENTS).seen_until == at(20)


def test_reading_one_list_does_not_move_the_cursor_of_another():
    Cursor.move(EVENTS, seen_until=at(0))
    Cursor.move(CHARGES, seen_until=at(0))
    looked_at = Cursor.find(CHARGES).looked_at

    Cursor.move(EVENTS, seen_until=at(60))

    assert Cursor.find(CHARGES).seen_until == at(0)
    assert Cursor.find(CHARGES).looked_at == looked_at


def test_looking_without_finding_is_remembered_too():
    Cursor.move(EVENTS, seen_until=at(0))
    first = Cursor.find(EVENTS).looked_at

    Cursor.move(EVENTS, seen_until=at(0))

    assert Cursor.find(EVENTS).looked_at > first
