"""Two requests at the same moment: a double click, two tabs."""

from threading import Barrier

import pytest

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.threads import PATIENCE, at_once
from cart.factories import CartFactory
from cart.models import Cart, CartLine, NotAvailable

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_adds_at_once_are_one_line_with_all_copies():
    cart, book = CartFactory(), BookFactory(stock=50)

    at_once(*[lambda: Cart.objects.get(pk=cart.pk).add(book)] * 8)

    assert CartLine.objects.get().quantity == 8


def test_without_the_lock_adds_at_once_get_lost(monkeypatch):
    """The control: what the lock is for."""
    from contextlib import nullcontext

    monkeypatch.setattr(Cart, "_locked", lambda self, *others: nullcontext())
    looked = Barrier(2)
    set_quantity = Cart._set
    monkeypatch.setattr(Cart, "_set", lambda *args: (looked.wait(PATIENCE), set_quantity(*args))[1])
    cart, book = CartFactory(), BookFactory(stock=50)

    outcomes = at_once(*[lambda: Cart.objects.get(pk=cart.pk).add(book)] * 2, raising=Exception)

    failed = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert failed or CartLine.objects.get().quantity < 2


def test_adds_at_once_never_hold_more_than_there_is():
    cart, book = CartFactory(), BookFactory(stock=3)

    outcomes = at_once(*[lambda: Cart.objects.get(pk=cart.pk).add(book)] * 8, raising=NotAvailable)

    assert sum(isinstance(outcome, NotAvailable) for outcome in outcomes) == 5
    assert CartLine.objects.get().quantity == 3


def test_a_guests_cart_merged_twice_at_once_counts_once():
    mine, guests = CartFactory(user=UserFactory()), CartFactory()
    guests.add(BookFactory(), 2)

    at_once(*[lambda: Cart.objects.get(pk=mine.pk).merge(Cart.objects.get(pk=guests.pk))] * 2)

    assert CartLine.objects.get().quantity == 2


def test_what_is_added_while_an_order_is_settled_stays():
    cart, bought, added = CartFactory(), BookFactory(), BookFactory()
    cart.add(bought)

    at_once(
        lambda: Cart.objects.get(pk=cart.pk).take_out({bought.pk: 1}),
        lambda: Cart.objects.get(pk=cart.pk).add(added),
    )

    assert CartLine.objects.get().book == added
