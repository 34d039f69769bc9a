"""The path of one payment, from the cart to the mail, through the real addresses and Stripe's sandbox."""

import pytest
from django.core import mail

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from orders.models import Order
from payments import intents
from payments.models import MirroredPaymentIntent, Payment

pytestmark = pytest.mark.django_db


def test_a_paid_order_is_confirmed_and_its_books_leave_the_cart(stripe):
    book = BookFactory(stock=3)
    order = place_order(book)
    intent = intents.ensure(order.payment)
    stripe.sandbox.pay(intent.id)

    responses = stripe.deliver()

    assert {response.status_code for response in responses} == {200}
    assert all(response.json() == {"received": True} for response in responses)
    order.refresh_from_db()
    book.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert order.payment.status == Payment.Status.COMPLETED
    assert book.stock == 2
    assert not order.cart.lines.exists()


def test_the_worker_mails_and_mirrors(stripe):
    order = place_order()
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    stripe.deliver()

    run_due_tasks()

    (letter,) = mail.outbox
    assert order.number in letter.subject
    assert letter.to == ["ada@example.com"]
    assert (
        MirroredPaymentIntent.objects.get(id=order.payment.stripe_payment_id).stripe_data["status"]
        == "succeeded"
    )
