"""Unpaid orders that do not end, although every rule was tried for an hour, are shown to people."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookstore.accounts.factories import StaffFactory
from orders import overdue
from orders.factories import place_order
from orders.models import Order
from payments import attention
from payments.models import Attention, Payment

pytestmark = pytest.mark.django_db

OVERDUE = "the order should have ended, but its payment can neither be made nor canceled"


def late(minutes=61, **payment):
    """An order whose hold ran out so many minutes ago, with its payment in this state."""
    order = place_order()
    Order.objects.filter(pk=order.pk).update(hold_expires_at=timezone.now() - timedelta(minutes=minutes))
    Payment.objects.filter(order=order).update(**payment)
    return order


def cases():
    return [(case.payment.order, case.detail) for case in Attention.objects.open().order_by("pk")]


def test_an_order_that_should_have_ended_an_hour_ago_is_shown_once():
    order = late()

    assert overdue.call_attention() == 1
    assert overdue.call_attention() == 0

    assert cases() == [(order, OVERDUE)]


def test_for_an_hour_the_rules_are_left_to_it():
    late(minutes=59)

    assert overdue.call_attention() == 0
    assert cases() == []


def test_a_bank_that_is_still_at_it_is_waited_for():
    late(status=Payment.Status.PROCESSING, opened_at=timezone.now())

    assert overdue.call_attention() == 0


def test_an_order_that_has_ended_after_all_needs_nobody():
    order = late()
    overdue.call_attention()

    order.cancel(Order.CancelReason.EXPIRED)

    assert overdue.call_attention() == 1
    assert cases() == []
    assert Attention.objects.get().settlement == "The payment moved on"


def test_an_order_that_is_shown_for_a_better_reason_is_not_shown_twice():
    order = late()
    attention.call(Attention.Reason.MISMATCH, "pi_1", "9.99 came", payment=order.payment)

    assert overdue.call_attention() == 0

    assert cases() == [(order, "9.99 came")]


def test_a_payment_that_is_stuck_by_itself_says_why():
    order = late(opened_at=timezone.now() - timedelta(minutes=20))

    overdue.call_attention()

    assert cases() == [(order, "it is not known whether Stripe opened it")]


def test_an_order_whose_money_came_is_not_overdue():
    late(status=Payment.Status.COMPLETED, completed_at=timezone.now(), stripe_payment_id="pi_1")

    assert overdue.call_attention() == 0


def test_what_a_person_has_settled_is_not_shown_again():
    late()
    overdue.call_attention()
    Attention.objects.get().settle("The shopper comes by", by=StaffFactory())

    assert overdue.call_attention() == 0
    assert cases() == []
