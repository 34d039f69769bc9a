"""Money that came twice for one order goes back once, and the shopper is told when it does."""

import pytest
from django.core import mail

from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from orders.models import Order, OrderMail
from payments import intents
from payments.models import Attention, Refund

from . import dashboard

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(stripe):
    """Confirmed, its mail sent, and then paid a second time at Stripe by an intent nobody wrote down."""
    order = place_order()
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    stripe.deliver()
    run_due_tasks()
    mail.outbox.clear()
    return order


def pay_again(stripe, order, method="pm_card_visa", intent_id="pi_second"):
    """As after a 5xx of Stripe's that had done its work: another intent with the same metadata."""
    with stripe.sandbox.engine.transaction() as engine:
        first = engine.store.get("payment_intent", order.payment.stripe_payment_id)
        second = first | {
            "id": intent_id,
            "client_secret": f"{intent_id}_secret_x",
            "status": "requires_payment_method",
            "amount_received": 0,
            "latest_charge": None,
            "payment_method": None,
        }
        engine.store.put(second)
    stripe.sandbox.pay(intent_id, method)
    stripe.deliver()
    run_due_tasks()  # which sends the refund
    stripe.deliver()
    run_due_tasks()  # and the mail


def test_it_goes_back_and_the_shopper_is_told_once(stripe, order):
    pay_again(stripe, order)
    stripe.deliver(stripe.events())
    run_due_tasks()

    refund = Refund.objects.get()
    assert (refund.reason, refund.status) == (Refund.Reason.DOUBLE_PAYMENT, Refund.Status.SUCCEEDED)
    (letter,) = mail.outbox
    assert letter.subject == f"Your second payment for order {order.number} is on its way back"
    for part in (letter.body, letter.alternatives[0].content):
        assert "paid twice" in part
        assert "£12.94" in part
        assert "order is not affected" in part


def test_whoever_pays_a_third_time_gets_a_mail_for_each(stripe, order):
    pay_again(stripe, order)
    pay_again(stripe, order, intent_id="pi_third")

    refunds = Refund.objects.all()
    assert [refund.status for refund in refunds] == ["SUCCEEDED", "SUCCEEDED"]
    told = OrderMail.objects.filter(kind=OrderMail.Kind.REFUNDED_DOUBLE)
    assert {letter.about for letter in told} == {str(refund.pk) for refund in refunds}
    assert len(mail.outbox) == 2


def test_the_order_and_its_own_payment_stay_as_they_were(stripe, order):
    pay_again(stripe, order)

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert (order.payment.status, order.payment.amount_refunded) == ("COMPLETED", 0)


def test_while_the_refund_is_on_its_way_nobody_is_told_that_it_is_done(stripe, order):
    pay_again(stripe, order, "pm_card_pendingRefund")
    assert Refund.objects.get().status == Refund.Status.PENDING
    assert mail.outbox == []

    stripe.sandbox.advance(10)
    stripe.deliver()
    run_due_tasks()

    assert [mail.kind for mail in OrderMail.objects.exclude(kind="confirmation")] == ["refunded_double"]
    assert len(mail.outbox) == 1


def test_a_refund_that_fails_needs_people_and_is_not_told_twice(stripe, order):
    pay_again(stripe, order, "pm_card_refundFail")
    stripe.sandbox.advance(10)
    stripe.deliver()
    run_due_tasks()

    case = Attention.objects.open().get()
    assert (case.reason, case.subject) == ("refund_failed", str(Refund.objects.get().pk))
    assert len(mail.outbox) == 1


def test_a_refund_from_the_dashboard_is_not_told_as_a_double_payment(stripe, order):
    dashboard.refund(stripe, order, 300)
    stripe.deliver()
    run_due_tasks()

    assert Refund.objects.get().status == Refund.Status.SUCCEEDED
    assert not OrderMail.objects.filter(kind=OrderMail.Kind.REFUNDED_DOUBLE).exists()
