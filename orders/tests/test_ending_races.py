"""A payment that comes while its order ends, or while the shopper signs in. Each with its control."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.threads import at_once, meanwhile
from cart.models import Cart, CartQuerySet
from cart.signals import cart_merging
from orders import acceptance, endings
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order, OrderMail
from payments import intents

from .ledger import books_add_up

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ROUNDS = 8


def opened(stripe, **details):
    order = place_order(BookFactory(stock=1), delivery=DeliveryMethodFactory(), **details)
    intents.ensure(order.payment)
    return order


def paid_and_told(stripe, order):
    def act():
        stripe.sandbox.pay(order.payment.stripe_payment_id)
        return [response.status_code for response in stripe.deliver()]

    return act


def is_settled_one_way(stripe, order):
    """Paid and confirmed, or canceled on both sides."""
    order.refresh_from_db()
    status = {i["id"]: i["status"] for i in stripe.sandbox.intents()}[order.payment.stripe_payment_id]
    return (order.status, status) in {("CONFIRMED", "succeeded"), ("CANCELED", "canceled")}


def by_shopper(order):
    return lambda: endings.cancel(order, Order.CancelReason.BY_SHOPPER)


def by_time(order):
    return endings.expire_holds


@pytest.mark.parametrize("ending", [by_shopper, by_time])
def test_an_order_is_either_paid_or_ended_when_both_happen_at_once(stripe, ending):
    for _ in range(ROUNDS):
        order = opened(stripe)
        Order.objects.filter(pk=order.pk).update(hold_expires_at=timezone.now())

        at_once(ending(order), paid_and_told(stripe, order))

        stripe.deliver()
        assert is_settled_one_way(stripe, order)
    assert books_add_up()


def test_control_an_ending_that_does_not_ask_stripe_first_ends_paid_orders(stripe):
    order = opened(stripe)
    stripe.sandbox.pay(order.payment.stripe_payment_id)

    order.cancel(Order.CancelReason.BY_SHOPPER)

    assert not is_settled_one_way(stripe, order)


def test_two_sweeps_at_once_do_everything_once(stripe):
    expired, paid = opened(stripe), opened(stripe)
    stripe.sandbox.pay(paid.payment.stripe_payment_id)
    stripe.deliver()
    Order.objects.filter(pk=expired.pk).update(hold_expires_at=timezone.now())
    OrderMail.objects.update(created_at=timezone.now() - timedelta(hours=1))

    at_once(*[lambda: call_command("tend")] * 2)

    assert [event.kind for event in expired.events.all()] == ["placed", "canceled"]
    assert len(mail.outbox) == 1
    assert books_add_up()


def test_control_a_mail_that_is_not_claimed_first_is_sent_twice(stripe, monkeypatch):
    order = opened(stripe)
    order.confirm()
    OrderMail.objects.create(order=order, kind="confirmation", created_at=timezone.now() - timedelta(hours=1))
    both_have_looked = Barrier(2)
    monkeypatch.setattr(OrderMail, "claim", lambda owed: bool(both_have_looked.wait(timeout=30)) or True)

    at_once(*[lambda: call_command("tend")] * 2)

    assert len(mail.outbox) == 2


def bought_during_the_sign_in(stripe):
    """The guest's order is paid while its books move to a user's cart, which has an unpaid order of its own."""
    order, users_order = opened(stripe), place_order(user=UserFactory())
    users_cart, guests_cart = users_order.cart, Cart.objects.get(pk=order.cart_id)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            users_cart.merge(guests_cart)
            payment = meanwhile(threads, paid_and_told(stripe, order))
        assert set(payment.result(timeout=30)) == {200}
    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    return users_cart.lines.filter(book=order.lines.get().book)


def test_books_bought_while_the_guest_signs_in_leave_the_users_cart(stripe):
    assert not bought_during_the_sign_in(stripe).exists()


def test_control_with_neither_order_nor_cart_locked_they_stay_in_the_users_cart(stripe, monkeypatch):
    def without_lock(carts, pk):
        cart = Cart.objects.get(pk=pk)
        return cart.merged_into or cart

    monkeypatch.setattr(CartQuerySet, "locked", without_lock)
    monkeypatch.setattr(cart_merging, "send", lambda **news: [])

    assert bought_during_the_sign_in(stripe).exists()


def test_a_late_payment_waits_for_the_cart_before_it_takes_books(stripe):
    """As placing does: the other way round, the two could wait for each other for good."""
    assert not holds_books_while_it_waits_for_the_cart(stripe)


def test_control_books_before_the_cart_is_the_wrong_way_round(stripe, monkeypatch):
    def books_first(order):
        order.revive()
        acceptance._welcome(order)

    monkeypatch.setattr("orders.receivers.accept_late", books_first)

    assert holds_books_while_it_waits_for_the_cart(stripe)


def holds_books_while_it_waits_for_the_cart(stripe):
    order = opened(stripe)
    order.cancel(Order.CancelReason.EXPIRED)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Cart.objects.select_for_update().get(pk=order.cart_id)
            late_payment = meanwhile(threads, paid_and_told(stripe, order))
            free = Book.objects.select_for_update(skip_locked=True).filter(pk=order.lines.get().book_id)
            held = not list(free)
        assert set(late_payment.result(timeout=30)) == {200}
    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    return held
