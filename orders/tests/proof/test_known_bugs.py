"""Bugs that other shops had with payments, each as a story: this shop does not have them."""

from contextlib import contextmanager
from decimal import Decimal
from unittest import mock

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders import access, checkout, endings
from orders.factories import ADDRESS, DeliveryMethodFactory, filled_cart, place_order
from orders.models import Order
from orders.placing import Quote
from orders.tests.ledger import books_add_up
from payments import gateway, inbox, intents, refunds
from payments.models import Payment, Refund

from .world_stage import ask, post

pytestmark = [pytest.mark.proof, pytest.mark.django_db]


@pytest.fixture
def order(direct_stripe):
    """The last copy of a book, its payment open at Stripe."""
    placed = place_order(BookFactory(stock=1))
    intents.ensure(placed.payment)
    return placed


def test_paid_when_the_last_copy_is_gone_the_money_goes_back(direct_stripe, line, order):
    """https://github.com/pretix/pretix/issues/74: the quota ran out during a payment; the money was kept, the buyer
    got nothing and was asked to pay once more.
    """
    pay_page = reverse("orders:pay", args=[order.number])
    assert pay_page in visit(order).content.decode()
    second = ask(line, "payment_intents", opened_for(order))["id"]
    endings.cancel(order, Order.CancelReason.EXPIRED)
    place_order(order.lines.get().book)  # somebody else takes the copy

    direct_stripe.sandbox.pay(second)
    direct_stripe.deliver()
    run_due_tasks()
    direct_stripe.deliver()

    assert Order.objects.get(pk=order.pk).status == Order.Status.CANCELED
    assert [charge["refunded"] for charge in direct_stripe.sandbox.charges()] == [True]
    assert Payment.objects.get(order=order).status == Payment.Status.REFUNDED
    assert [letter.subject for letter in mail.outbox] == [
        f"Your payment for order {order.number} is on its way back"
    ]
    assert pay_page not in visit(order).content.decode()
    assert books_add_up()


def test_the_webhook_finishes_the_order_while_the_shopper_comes_back(direct_stripe, order):
    """https://github.com/saleor/saleor/issues/12652: a webhook turned the checkout into an order and deleted it, while
    the shopper's own request was still at work on it, and failed.
    """
    direct_stripe.sandbox.pay(order.payment.stripe_payment_id)

    with meanwhile_the_webhook_comes(direct_stripe):
        response = visit(order, come_back=True)

    assert response.status_code == 302
    assert visit(order).status_code == 200
    assert accepted_once(order)


@pytest.mark.parametrize("webhook_first", [True, False])
def test_webhook_and_shopper_together_count_the_money_once(direct_stripe, order, webhook_first):
    """https://github.com/saleor/saleor/issues/9504 and https://github.com/saleor/saleor/issues/14648: both of them
    added the same amount to what was captured.
    """
    direct_stripe.sandbox.pay(order.payment.stripe_payment_id)

    if webhook_first:
        direct_stripe.deliver()
    with meanwhile_the_webhook_comes(direct_stripe):
        visit(order, come_back=True)
    direct_stripe.deliver(direct_stripe.events())

    payment = Payment.objects.get(order=order)
    assert refunds.left_to_refund(payment, payment.stripe_payment_id) == order.total == Decimal("12.94")
    assert [charge["amount_captured"] for charge in direct_stripe.sandbox.charges()] == [1294]
    assert accepted_once(order)


def test_nobody_captures_what_stripe_has_taken(stripe):
    """https://github.com/medusajs/medusa/issues/13301: the shopper's return and the webhook each asked Stripe to
    capture a payment that was made already; the order was refunded, or was never there.
    """
    order = place_order(BookFactory(stock=1))
    intents.ensure(order.payment)
    stripe.sandbox.pay(order.payment.stripe_payment_id)

    with meanwhile_the_webhook_comes(stripe):
        visit(order, come_back=True)
    run_due_tasks()
    call_command("tend", verbosity=0)

    asked_to_act = [call["path"] for call in stripe.sandbox.calls if call["method"] == "POST"]
    assert asked_to_act == ["/v1/payment_intents"]
    assert stripe.sandbox.refunds() == []
    assert accepted_once(order)


def test_a_shopper_who_never_comes_back_still_has_an_order(direct_stripe, order):
    """The other half of https://github.com/medusajs/medusa/issues/13301: there the order was made on the return."""
    direct_stripe.sandbox.pay(order.payment.stripe_payment_id)

    direct_stripe.deliver()

    assert accepted_once(order)


def test_no_payment_counts_as_made_while_its_order_does_not(direct_stripe, order, caplog):
    """https://github.com/fossasia/eventyay/issues/3884: marking the order paid failed after the payment was confirmed,
    which then stood confirmed beside an unpaid order.
    """
    direct_stripe.sandbox.pay(order.payment.stripe_payment_id)

    with mock.patch.object(Order, "confirm", side_effect=RuntimeError("no")):
        direct_stripe.deliver()
        halfway = Payment.objects.select_related("order").get(order=order)
    with mock.patch("django.utils.timezone.now", return_value=later(order)):
        inbox.retry_due()

    assert (halfway.status, halfway.order.status) == (Payment.Status.PENDING, Order.Status.PENDING)
    assert accepted_once(order)


def test_a_webhook_that_fails_makes_nobody_order_twice(direct_stripe, caplog):
    """https://github.com/PrestaShopCorp/ps_checkout/pull/1546: the webhook failed, the shopper was shown an error for a
    payment that had gone through, tried again, and had two orders.
    """
    cart, delivery = filled_cart(BookFactory(stock=2)), DeliveryMethodFactory()
    agreed = {"email": "ada@example.com", "address": ADDRESS, "delivery": delivery}
    agreed["agreed_total"] = Quote.of(cart.lines_with_books, delivery).total
    order = checkout.place_or_replace(cart, **agreed)
    direct_stripe.sandbox.pay(intents.ensure(order.payment).id)
    with mock.patch.object(inbox, "settle", side_effect=RuntimeError("no")):
        direct_stripe.deliver()

    again = checkout.place_or_replace(cart, **agreed)
    intents.ensure(again.payment)

    assert again == order
    assert Order.objects.count() == 1
    assert len(direct_stripe.sandbox.intents()) == len(direct_stripe.sandbox.charges()) == 1
    assert accepted_once(order)


def test_however_often_it_is_told_a_mail_goes_out_once(direct_stripe, line, order):
    """https://github.com/mollie/magento2/issues/1047: webhook and checkout at once sent the confirmation twice, and
    each webhook of a refund sent it again.
    """
    direct_stripe.sandbox.faults.webhook("twin", types="payment_intent.succeeded")
    direct_stripe.sandbox.pay(order.payment.stripe_payment_id)
    with meanwhile_the_webhook_comes(direct_stripe):
        visit(order, come_back=True)
    run_due_tasks()

    for amount in (100, 200):
        ask(line, "refunds", {"payment_intent": order.payment.stripe_payment_id, "amount": amount})
    direct_stripe.sandbox.advance(60)
    for _ in range(2):
        direct_stripe.deliver(direct_stripe.events())
        run_due_tasks()
        call_command("tend", verbosity=0)

    assert Refund.objects.count() == 2
    assert [letter.subject for letter in mail.outbox] == [f"Your order {order.number} is confirmed"]


@contextmanager
def meanwhile_the_webhook_comes(stripe):
    """While the shop has Stripe's answer in its hands, and before it acts on it, all events arrive."""
    retrieve = gateway.retrieve_intent

    def retrieve_slowly(intent_id):
        answer = retrieve(intent_id)
        for event in stripe.events():
            assert post(*stripe.sandbox.signed(event)) == 200
        return answer

    with mock.patch.object(gateway, "retrieve_intent", retrieve_slowly):
        yield


def visit(order, *, come_back=False):
    """The order's page; after the payment Stripe sends the shopper there with the intent's name."""
    client = Client()
    session = client.session
    session[access.SESSION_ORDERS] = [str(order.pk)]
    session.save()
    query = {"payment_intent": order.payment.stripe_payment_id} if come_back else {}
    return client.get(reverse("orders:status", args=[order.number]), query)


def opened_for(order):
    """The request for an intent that Stripe executes long after it was given up for lost."""
    named = {f"metadata[{name}]": value for name, value in gateway.metadata_of(order.payment).items()}
    return {"amount": 1294, "currency": "gbp", **named}


def later(order):
    return order.placed_at.replace(year=order.placed_at.year + 1)


def accepted_once(order) -> bool:
    """Confirmed, paid, its books out of the cart; and all of that one time."""
    order = Order.objects.select_related("payment").get(pk=order.pk)
    return (
        (order.status, order.payment.status) == (Order.Status.CONFIRMED, Payment.Status.COMPLETED)
        and order.events.filter(kind="confirmed").count() == 1
        and order.mails.count() == 1
        and not order.cart.lines.exists()
        and books_add_up()
    )
