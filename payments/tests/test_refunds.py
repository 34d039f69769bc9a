"""Money back: asked for in a row, sent by the worker, followed to its end."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from payments import attention, gateway, intents, refunds
from payments.models import Attention, Payment, Refund
from payments.refunds import MoreThanLeft

from .news import attention_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

BY_CUSTOMER = Refund.Reason.REQUESTED_BY_CUSTOMER
API = "/v1/refunds"


def ask(payment, amount=None):
    return refunds.request(payment, Decimal(amount or payment.amount), reason=BY_CUSTOMER)


def state(payment):
    payment.refresh_from_db()
    return payment.status, payment.amount_refunded


def age(**days):
    Refund.objects.update(created_at=timezone.now() - timedelta(**days))


def test_a_full_refund_is_sent_by_the_worker(paid, sandbox, announced):
    refund = ask(paid)
    assert sandbox.refunds() == []

    run_due_tasks()

    refund.refresh_from_db()
    (at_stripe,) = sandbox.refunds()
    assert (at_stripe["id"], at_stripe["amount"]) == (refund.stripe_refund_id, 1294)
    assert refund.status == Refund.Status.SUCCEEDED
    assert state(paid) == ("REFUNDED", paid.amount)
    assert announced == ["refunded"]


def test_the_news_of_our_own_refund_change_nothing_more(paid, stripe, announced):
    ask(paid)
    run_due_tasks()
    stripe.sandbox.advance(10)
    stripe.deliver()
    stripe.deliver(reversed(stripe.events("refund.")))

    assert Refund.objects.count() == 1
    assert announced == ["refunded"]
    assert state(paid) == ("REFUNDED", paid.amount)


def test_the_news_may_be_faster_than_the_answer(paid, stripe, announced):
    """Our row does not have Stripe's id yet, when the event comes."""
    refund = ask(paid)
    stripe.sandbox.faults.api("drop", API, when="after")
    run_due_tasks()
    stripe.sandbox.faults.clear()
    refund.refresh_from_db()
    assert (refund.status, refund.stripe_refund_id) == ("REQUESTED", None)

    stripe.deliver()

    refund.refresh_from_db()
    assert refund.status == Refund.Status.SUCCEEDED
    assert Refund.objects.count() == 1
    assert announced == ["refunded"]


def test_parts_add_up_and_never_to_more_than_came(paid, sandbox):
    ask(paid, "4.00")
    ask(paid, "8.00")
    run_due_tasks()

    assert state(paid) == ("PARTIALLY_REFUNDED", Decimal("12.00"))
    with pytest.raises(MoreThanLeft):
        ask(paid, "0.95")
    ask(paid, "0.94")
    run_due_tasks()
    assert state(paid) == ("REFUNDED", Decimal("12.94"))
    assert sum(refund["amount"] for refund in sandbox.refunds()) == 1294


def test_what_is_asked_for_counts_before_it_is_sent(paid):
    ask(paid)

    with pytest.raises(MoreThanLeft):
        ask(paid)


def test_the_same_key_asks_once_and_another_key_again(paid):
    ask(paid, "1.00")
    key = uuid4()

    def keyed(key):
        return refunds.request(paid, Decimal("4.00"), reason=BY_CUSTOMER, key=key)

    assert keyed(key) == keyed(key)
    assert keyed(uuid4()) != keyed(key)
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [1, 4, 4]


@pytest.mark.parametrize("reason", [Refund.Reason.LATE_PAYMENT, Refund.Reason.DOUBLE_PAYMENT])
def test_unwanted_money_is_asked_back_once_however_often(paid, reason):
    first = refunds.request(paid, paid.amount, reason=reason)

    assert refunds.request(paid, paid.amount, reason=reason) == first
    assert refunds.request_rest(paid, reason=reason) is None


def test_the_rest_is_what_nobody_has_asked_back_yet(paid):
    ask(paid, "4.00")

    rest = refunds.request_rest(paid, reason=Refund.Reason.CANCELED_BY_SHOP)

    assert (rest.amount, rest.reason, rest.intent_id) == (
        paid.amount - 4,
        "canceled_by_shop",
        paid.stripe_payment_id,
    )


def test_the_rest_may_be_a_few_pence(paid):
    ask(paid, paid.amount - Decimal("0.50"))

    assert refunds.request_rest(paid, reason=Refund.Reason.CANCELED_BY_SHOP).amount == Decimal("0.50")


def of_another_intent(paid, intent_id, amount, status=Refund.Status.SUCCEEDED):
    return Refund.objects.create(
        payment=paid, intent_id=intent_id, amount=amount, currency="gbp", reason="dashboard", status=status
    )


def test_the_rest_of_another_intent_is_its_own(paid):
    of_another_intent(paid, "pi_second", 5)

    rest = refunds.request_rest(paid, reason=Refund.Reason.DOUBLE_PAYMENT, intent_id="pi_second")

    assert rest.amount == paid.amount - 5


def test_of_another_intent_that_did_not_come_as_agreed_nobody_knows_what_is_owed(paid):
    refunds.request(paid, paid.amount, reason=Refund.Reason.DOUBLE_PAYMENT, intent_id="pi_second")
    failed = of_another_intent(paid, "pi_third", 5, Refund.Status.FAILED)
    of_another_intent(paid, "pi_third", paid.amount)
    attention.call(attention.Reason.REFUND_FAILED, str(failed.pk), "It failed")

    refunds.look_at_cases(paid, "pi_third")

    assert Attention.objects.open().exists()


def test_the_shop_has_all_of_a_payment_that_came_and_of_which_nothing_goes_back(paid):
    assert refunds.has_all(paid)

    ask(paid, "0.01")

    assert not refunds.has_all(paid)


def test_the_shop_has_nothing_of_a_payment_that_did_not_come(opened):
    assert not refunds.has_all(opened)
    assert not refunds.has_all(None)
    assert refunds.left_to_refund(opened) == refunds.left_to_refund(opened, opened.stripe_payment_id) == 0


@pytest.mark.parametrize("amount", ["-0.01", "0", "12.95"])
def test_an_amount_outside_of_what_came_is_refused(paid, amount):
    with pytest.raises(MoreThanLeft):
        refunds.request(paid, Decimal(amount), reason=BY_CUSTOMER)


def test_what_was_not_paid_cannot_be_refunded(opened):
    with pytest.raises(MoreThanLeft):
        ask(opened)


def test_what_stripe_was_never_asked_for_cannot_be_refunded(payment):
    with pytest.raises(MoreThanLeft):
        ask(payment)


def test_a_pending_refund_counts_and_arrives_later(opened, stripe, announced):
    stripe.sandbox.pay(opened.stripe_payment_id, "pm_card_pendingRefund")
    stripe.deliver()
    refund = ask(opened)
    run_due_tasks()
    refund.refresh_from_db()
    assert (refund.status, state(opened)[0]) == ("PENDING", "REFUNDED")

    stripe.sandbox.advance(10)
    stripe.deliver()

    refund.refresh_from_db()
    assert refund.status == Refund.Status.SUCCEEDED
    assert announced == ["succeeded", "refunded"]


def test_a_refund_that_fails_later_is_taken_back_and_shown_to_staff(paid, stripe, announced, caplog):
    stripe.sandbox.faults.refund_fails()
    refund = ask(paid)
    run_due_tasks()
    stripe.sandbox.advance(10)
    stripe.deliver()
    stripe.deliver(reversed(stripe.events("refund.")))

    refund.refresh_from_db()
    assert refund.status == Refund.Status.FAILED
    assert state(paid) == ("COMPLETED", 0)
    assert refund.stripe_refund_id in attention_to(paid)
    assert announced == ["refunded", "refunded"]
    assert "needs attention" in caplog.text
    ask(paid)  # can be tried again


def test_what_stripe_refuses_is_noted_and_not_sent_again(paid, stripe, announced):
    (charge,) = stripe.sandbox.charges()
    stripe.sandbox.dispute(charge["id"])
    refund = ask(paid)
    run_due_tasks()
    age(days=1)

    assert refunds.submit_due() == 0
    refund.refresh_from_db()
    assert (refund.status, refund.failure_reason) == ("FAILED", "charge_disputed")
    assert state(paid) == ("COMPLETED", 0)
    assert "charge disputed" in attention_to(paid)
    assert announced == ["refunded"]


# Unwanted money


def test_money_for_an_order_that_ended_and_whose_books_are_gone_goes_back(stripe, announced):
    order = place_order(book := BookFactory(stock=1))
    intent_id = intents.ensure(order.payment).id
    stripe.sandbox.pay(intent_id)
    Payment.objects.update(status="CANCELED", canceled_at=timezone.now())
    order.cancel("expired")
    place_order(book)
    mail.outbox.clear()

    for _ in range(2):
        stripe.deliver(stripe.events())
    run_due_tasks()

    order.refresh_from_db()
    refund = order.payment.refunds.get()
    assert order.status == "CANCELED"
    assert (refund.reason, refund.status, refund.amount) == ("late_payment", "SUCCEEDED", order.total)
    assert len(stripe.sandbox.refunds()) == 1
    assert announced == ["succeeded", "refunded"]
    assert "on its way back" in mail.outbox[0].subject
    assert gateway.retrieve_intent(intent_id).status == "succeeded"
