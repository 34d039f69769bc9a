"""Orders that are accepted, and the carts that a sweep empties for them."""

from datetime import timedelta

import pytest
from django.core import mail

from bookstore.accounts.factories import UserFactory
from bookstore.testing.worker import run_due_tasks
from cart.factories import CartLineFactory
from cart.models import Cart
from orders import acceptance
from orders.factories import place_order
from orders.models import Order

pytestmark = pytest.mark.django_db


def confirmed(*, before: timedelta = acceptance.GRACE) -> Order:
    """Its cart could not be emptied at the time."""
    order = place_order()
    order.confirm()
    Order.objects.filter(pk=order.pk).update(confirmed_at=order.placed_at - before)
    order.refresh_from_db()
    return order


def test_an_order_is_accepted_once():
    order = place_order()

    answers = [acceptance.accept(order), acceptance.accept(order)]
    run_due_tasks()

    assert answers == [True, False]
    assert len(mail.outbox) == 1


def test_an_order_that_had_ended_is_not_accepted():
    order = place_order()
    order.cancel()

    with pytest.raises(Order.WrongStatus):
        acceptance.accept(order)


def test_every_cart_that_is_left_full_is_emptied_and_counted():
    orders = [confirmed(), confirmed()]

    assert acceptance.empty_due_carts() == 2
    assert acceptance.empty_due_carts() == 0

    assert not any(order.cart.lines.exists() for order in orders)


def test_what_was_put_into_a_cart_after_it_was_emptied_stays():
    order = confirmed()
    acceptance.empty_due_carts()
    again = CartLineFactory(cart=order.cart, book=order.lines.get().book)

    acceptance.empty_due_carts()

    assert order.cart.lines.get() == again


def test_orders_whose_carts_are_emptied_are_not_looked_at_again(django_assert_num_queries):
    confirmed(), confirmed()
    acceptance.empty_due_carts()

    with django_assert_num_queries(1):
        acceptance.empty_due_carts()


def test_the_sweep_leaves_young_orders_to_the_worker():
    order = confirmed(before=-timedelta(seconds=30))

    assert acceptance.empty_due_carts() == 0
    assert order.cart.lines.exists()


def test_the_sweep_leaves_the_carts_of_unpaid_orders_alone():
    order = place_order()
    Order.objects.update(confirmed_at=order.placed_at - timedelta(hours=1))

    assert acceptance.empty_due_carts() == 0
    assert order.cart.lines.exists()


def test_the_cart_of_a_paid_order_that_is_gone_counts_as_emptied():
    order = confirmed()
    Cart.objects.all().delete()
    order.refresh_from_db()

    assert acceptance.empty_cart(order)
    assert not acceptance.empty_cart(order)


def test_accepting_late_money_sends_the_mail_too():
    order = place_order(user=UserFactory())
    order.cancel(Order.CancelReason.EXPIRED)

    acceptance.accept_late(order)
    run_due_tasks()

    assert [letter.subject for letter in mail.outbox] == [f"Your order {order.number} is confirmed"]
