"""Orders that end unpaid: Stripe is asked first, and money that has come wins."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from orders import endings
from orders.factories import place_order
from orders.models import Order
from payments import gateway, intents
from payments.models import Payment

from .ledger import books_add_up

pytestmark = pytest.mark.django_db

BY_SHOPPER = Order.CancelReason.BY_SHOPPER


@pytest.fixture
def order(stripe):
    placed = place_order(BookFactory(stock=1))
    intents.ensure(placed.payment)
    return placed


def run_out(*orders):
    past = timezone.now() - timedelta(seconds=1)
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(hold_expires_at=past)


def intent_of(stripe, order):
    order.payment.refresh_from_db()
    ids = {intent["id"]: intent["status"] for intent in stripe.sandbox.intents()}
    return ids[order.payment.stripe_payment_id]


def test_a_canceled_order_gives_its_books_back_and_can_no_longer_be_paid(stripe, order):
    ended = endings.cancel(order, BY_SHOPPER)

    assert (ended.status, ended.cancel_reason) == ("CANCELED", "by_shopper")
    assert intent_of(stripe, order) == "canceled"
    assert "error" in stripe.sandbox.pay(order.payment.stripe_payment_id)
    assert Book.objects.get().stock == 1
    assert order.cart.lines.exists()


def test_an_order_that_stripe_never_heard_of_is_canceled_without_a_call(stripe):
    order = place_order()

    ended = endings.cancel(order, BY_SHOPPER)

    assert ended.status == Order.Status.CANCELED
    assert ended.payment.status == Payment.Status.CANCELED
    assert stripe.sandbox.calls == []


def test_an_order_whose_payment_was_opened_without_an_answer_is_looked_for_at_stripe(stripe):
    order = place_order()
    lost = gateway.create_intent(order.payment)
    Payment.objects.update(opened_at=timezone.now())

    ended = endings.cancel(order, BY_SHOPPER)

    assert ended.status == Order.Status.CANCELED
    assert [(i["id"], i["status"]) for i in stripe.sandbox.intents()] == [(lost.id, "canceled")]


def test_money_that_came_first_wins_over_the_wish_to_cancel(stripe, order):
    stripe.sandbox.pay(order.payment.stripe_payment_id)  # and we have not heard of it yet

    ended = endings.cancel(order, BY_SHOPPER)

    assert (ended.status, ended.cancel_reason) == ("CONFIRMED", "")
    assert not order.cart.lines.exists()
    assert books_add_up()


def test_an_order_that_the_bank_is_working_on_goes_on_waiting(stripe, order):
    stripe.sandbox.faults.delay_next()
    stripe.sandbox.pay(order.payment.stripe_payment_id)

    ended = endings.cancel(order, BY_SHOPPER)

    ended.payment.refresh_from_db()
    assert (ended.status, ended.payment.status) == ("PENDING", "PROCESSING")
    assert books_add_up()


def test_the_banks_yes_then_confirms_the_order(stripe, order):
    stripe.sandbox.faults.delay_next()
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    endings.cancel(order, BY_SHOPPER)

    stripe.sandbox.settle_delayed(order.payment.stripe_payment_id, True)
    stripe.deliver()

    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("CONFIRMED", "")


def test_after_the_banks_no_the_order_expires(stripe, order):
    stripe.sandbox.faults.delay_next()
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    run_out(order)
    assert endings.expire_holds() == 0

    stripe.sandbox.settle_delayed(order.payment.stripe_payment_id, False)
    stripe.deliver()

    assert endings.expire_holds() == 1
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("CANCELED", "expired")


def test_an_abandoned_3d_secure_dialog_leads_nowhere_once_the_order_has_ended(stripe, order):
    intent = order.payment.stripe_payment_id
    stripe.sandbox.pay(intent, "pm_card_authenticationRequired")
    run_out(order)

    endings.expire_holds()
    stripe.sandbox.authenticate(intent, approve=True)
    stripe.deliver()

    order.refresh_from_db()
    assert (order.status, intent_of(stripe, order)) == ("CANCELED", "canceled")
    assert stripe.sandbox.charges() == []


@pytest.mark.usefixtures("no_pauses")
def test_without_an_answer_from_stripe_the_order_stays_as_it_is(stripe, order):
    stripe.sandbox.faults.api("drop", "/v1/payment_intents")

    with pytest.raises(gateway.StripeUnavailable):
        endings.cancel(order, BY_SHOPPER)

    order.refresh_from_db()
    assert order.status == Order.Status.PENDING
    assert books_add_up()


@pytest.mark.usefixtures("no_pauses")
def test_a_cancel_whose_answer_was_lost_is_found_out_by_the_next_one(stripe, order):
    stripe.sandbox.faults.api("error_500", "/v1/payment_intents/", method="POST", when="after", count=3)
    with pytest.raises(gateway.StripeUnavailable):
        endings.cancel(order, BY_SHOPPER)

    stripe.sandbox.faults.clear()

    assert endings.cancel(order, BY_SHOPPER).status == Order.Status.CANCELED


@pytest.mark.parametrize("step", ["confirm", "cancel"])
def test_an_order_that_has_moved_on_is_not_canceled_again(stripe, order, step):
    getattr(order, step)()
    before = Order.objects.values().get()

    endings.cancel(order, BY_SHOPPER)

    assert Order.objects.values().get() == before


def test_holds_run_out_one_by_one(stripe):
    late, in_time = place_order(), place_order()
    run_out(late)

    assert endings.expire_holds() == 1
    assert endings.expire_holds() == 0

    late.refresh_from_db()
    in_time.refresh_from_db()
    assert (late.status, late.cancel_reason) == ("CANCELED", "expired")
    assert in_time.status == "PENDING"
    assert books_add_up()


def test_an_order_that_was_paid_at_the_last_moment_does_not_expire(stripe, order):
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    run_out(order)

    assert endings.expire_holds() == 0

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED


@pytest.mark.usefixtures("no_pauses")
def test_stripe_not_answering_for_one_order_does_not_keep_the_others_from_ending(stripe, order, caplog):
    unlucky, lucky = order, place_order()
    run_out(unlucky, lucky)
    path = f"/v1/payment_intents/{unlucky.payment.stripe_payment_id}"
    stripe.sandbox.faults.api("error_500", path)

    assert endings.expire_holds() == 1

    assert str(unlucky.pk) in caplog.text
    stripe.sandbox.faults.clear()
    assert endings.expire_holds() == 1


@pytest.mark.usefixtures("no_pauses")
def test_while_stripe_does_not_answer_at_all_the_rest_waits_for_the_next_sweep(stripe, order):
    second = place_order()
    intents.ensure(second.payment)
    run_out(order, second)
    calls = len(stripe.sandbox.calls)
    stripe.sandbox.faults.api("error_429")

    assert endings.expire_holds() == 0

    assert len(stripe.sandbox.calls) - calls <= gateway.RETRIES + 1
    stripe.sandbox.faults.clear()
    assert endings.expire_holds() == 2


def test_an_order_that_cannot_end_does_not_keep_the_others_from_ending(stripe, monkeypatch):
    broken, fine = place_order(), place_order()
    run_out(broken, fine)
    cancel = intents.cancel

    def stumble(payment):
        return cancel(payment) if payment.order_id == fine.pk else 1 / 0

    monkeypatch.setattr(intents, "cancel", stumble)

    assert endings.expire_holds() == 1
