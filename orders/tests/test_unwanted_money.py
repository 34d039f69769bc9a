"""Money for an order that had ended, or a second time for one: it is put to use, or it goes back."""

import pytest
from django.core import mail

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from orders.models import Order
from payments import intents
from payments.models import Payment, Refund, StripeEvent

from . import dashboard
from .ledger import books_add_up

pytestmark = pytest.mark.django_db

DECLINED = "pm_card_chargeDeclined"


@pytest.fixture
def order(stripe):
    """One of three copies, its payment open at Stripe."""
    placed = place_order(BookFactory(stock=3))
    intents.ensure(placed.payment)
    return placed


def pay(stripe, order, card="pm_card_visa"):
    """The card is tried, and Stripe tells us."""
    stripe.sandbox.pay(order.payment.stripe_payment_id, card)
    stripe.deliver()
    order.refresh_from_db()
    order.payment.refresh_from_db()


def cart_of(order):
    return dict(order.cart.lines.values_list("book_id", "quantity"))


def test_money_that_comes_after_the_end_takes_the_order_up_again(stripe, order):
    order.cancel(Order.CancelReason.EXPIRED)

    pay(stripe, order)
    run_due_tasks()

    assert (order.status, order.cancel_reason, order.canceled_at) == ("CONFIRMED", "", None)
    assert [event.kind for event in order.events.all()][-1] == "revived"
    assert cart_of(order) == {}
    assert [letter.subject for letter in mail.outbox] == [f"Your order {order.number} is confirmed"]
    assert books_add_up()


def test_it_is_taken_up_again_beside_another_unpaid_order_of_the_same_cart(stripe, order):
    order.cancel(Order.CancelReason.REPLACED)
    newer = place_order(cart=order.cart)

    pay(stripe, order)

    newer.refresh_from_db()
    assert (order.status, newer.status) == ("CONFIRMED", "PENDING")
    assert books_add_up()


def test_money_for_books_that_are_gone_goes_back_and_the_shopper_is_told(stripe, order):
    order.cancel(Order.CancelReason.EXPIRED)
    place_order(Book.objects.get(), quantity=3)

    pay(stripe, order)
    run_due_tasks()
    stripe.deliver()

    order.payment.refresh_from_db()
    (refund,) = Refund.objects.all()
    (letter,) = mail.outbox
    assert (order.status, order.payment.status) == ("CANCELED", "REFUNDED")
    assert (refund.amount, refund.reason) == (order.total, Refund.Reason.LATE_PAYMENT)
    assert [r["amount"] for r in stripe.sandbox.refunds()] == [1294]
    assert letter.subject == f"Your payment for order {order.number} is on its way back"
    assert cart_of(order) != {}
    assert books_add_up()


@pytest.mark.parametrize(("earlier", "asked_back"), [(300, [994]), (1294, [])])
def test_what_went_back_from_the_dashboard_before_does_not_go_back_again(stripe, order, earlier, asked_back):
    order.cancel(Order.CancelReason.EXPIRED)
    place_order(Book.objects.get(), quantity=3)
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    dashboard.refund(stripe, order, earlier)

    stripe.deliver(stripe.events("refund"))
    stripe.deliver(stripe.events("payment_intent.succeeded"))
    run_due_tasks()
    stripe.deliver(stripe.events("refund"))

    order.payment.refresh_from_db()
    assert not StripeEvent.objects.filter(processed_at=None).exists()
    assert order.payment.status == Payment.Status.REFUNDED
    assert sorted(r["amount"] for r in stripe.sandbox.refunds()) == sorted([earlier, *asked_back])
    assert len(mail.outbox) == len(asked_back)


def test_such_money_goes_back_once_however_often_the_success_is_told(stripe, order):
    order.cancel(Order.CancelReason.EXPIRED)
    place_order(Book.objects.get(), quantity=3)
    pay(stripe, order)

    stripe.deliver(stripe.events())
    run_due_tasks()
    run_due_tasks()

    assert len(stripe.sandbox.refunds()) == 1
    assert len(mail.outbox) == 1


def test_a_second_payment_for_one_order_goes_back_and_the_order_stays(stripe, order):
    pay(stripe, order)
    twin = stripe.sandbox.events()[-1] | {"id": "evt_twin", "type": "payment_intent.succeeded"}
    twin["data"] = {"object": stripe.sandbox.intents()[0] | {"id": "pi_second"}}

    stripe.deliver([twin])

    refund = Refund.objects.get()
    order.refresh_from_db()
    assert (refund.reason, refund.intent_id) == (Refund.Reason.DOUBLE_PAYMENT, "pi_second")
    assert order.status == Order.Status.CONFIRMED


def test_of_a_second_payment_the_shopper_is_told_once_it_has_gone_back(stripe, order):
    pay(stripe, order)
    run_due_tasks()
    mail.outbox.clear()
    Refund.objects.create(
        payment=order.payment,
        intent_id="pi_second",
        stripe_refund_id="re_second",
        amount=order.total,
        currency="gbp",
        reason=Refund.Reason.DOUBLE_PAYMENT,
        status=Refund.Status.PENDING,
    )
    back = {
        "id": "re_second",
        "object": "refund",
        "amount": 1294,
        "currency": "gbp",
        "payment_intent": "pi_second",
        "status": "succeeded",
        "metadata": {},
    }
    event = stripe.sandbox.events()[-1] | {
        "id": "evt_back",
        "type": "refund.updated",
        "data": {"object": back},
    }

    stripe.deliver([event])
    run_due_tasks()

    (letter,) = mail.outbox
    assert order.number in letter.subject
    assert order.mails.filter(kind="refunded_double").count() == 1
