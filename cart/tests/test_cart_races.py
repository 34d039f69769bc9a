"""Two requests at the same moment: a double click, two tabs."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from cart.factories import CartFactory
from cart.models import Cart, CartLine, NotAvailable

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*acts):
    """Run all acts at the same moment, each on its own connection; what they raised."""
    barrier, raised = Barrier(len(acts)), []

    def run(act):
        try:
            barrier.wait(timeout=30)
            act()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return raised


def test_adds_at_once_are_one_line_with_all_copies():
    cart, book = CartFactory(), BookFactory(stock=50)

    raised = at_once(*[lambda: Cart.objects.get(pk=cart.pk).add(book)] * 8)

    assert raised == []
    assert CartLine.objects.get().quantity == 8


def test_without_the_lock_adds_at_once_get_lost(monkeypatch):
    """The control: what the lock is for."""
    from contextlib import nullcontext

    monkeypatch.setattr(Cart, "_locked", lambda self, *others: nullcontext())
    looked = Barrier(2)
    set_quantity = Cart._set
    monkeypatch.setattr(Cart, "_set", lambda *args: (looked.wait(timeout=30), set_quantity(*args))[1])
    cart, book = CartFactory(), BookFactory(stock=50)

    raised = at_once(*[lambda: Cart.objects.get(pk=cart.pk).add(book)] * 2)

    assert raised or CartLine.objects.get().quantity < 2


def test_adds_at_once_never_hold_more_than_there_is():
    cart, book = CartFactory(), BookFactory(stock=3)

    raised = at_once(*[lambda: Cart.objects.get(pk=cart.pk).add(book)] * 8)

    assert [type(error) for error in raised] == [NotAvailable] * 5
    assert CartLine.objects.get().quantity == 3


def test_a_guests_cart_merged_twice_at_once_counts_once():
    mine, guests = CartFactory(user=UserFactory()), CartFactory()
    guests.add(BookFactory(), 2)

    raised = at_once(*[lambda: Cart.objects.get(pk=mine.pk).merge(Cart.objects.get(pk=guests.pk))] * 2)

    assert raised == []
    assert CartLine.objects.get().quantity == 2


def test_what_is_added_while_an_order_is_settled_stays():
    cart, bought, added = CartFactory(), BookFactory(), BookFactory()
    cart.add(bought)

    raised = at_once(
        lambda: Cart.objects.get(pk=cart.pk).take_out({bought.pk: 1}),
        lambda: Cart.objects.get(pk=cart.pk).add(added),
    )

    assert raised == []
    assert CartLine.objects.get().book == added
