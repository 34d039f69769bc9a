"""With every webhook lost, Stripe is asked how open payments stand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.factories import place_order
from payments import gateway, intents, reconciling
from payments.models import Payment

pytestmark = pytest.mark.django_db


def opened(age=timedelta(minutes=2)):
    """A payment with an intent, of which nothing was heard since."""
    payment = place_order().payment
    intents.ensure(payment)
    Payment.objects.filter(pk=payment.pk).update(created_at=timezone.now() - age)
    payment.refresh_from_db()
    return payment


def test_a_payment_that_went_through_unheard_is_settled(stripe):
    payment = opened()
    stripe.sandbox.pay(payment.stripe_payment_id)

    assert reconciling.look_at_open() == 1

    payment.refresh_from_db()
    assert payment.status == Payment.Status.COMPLETED
    assert payment.order.is_paid


def test_a_payment_that_was_canceled_unheard_is_settled(stripe):
    payment = opened()
    gateway.cancel_intent(payment.stripe_payment_id)

    assert reconciling.look_at_open() == 1

    payment.refresh_from_db()
    assert payment.status == Payment.Status.CANCELED


def test_a_payment_that_nobody_has_made_yet_stays_open(stripe):
    payment = opened()

    assert reconciling.look_at_open() == 0

    payment.refresh_from_db()
    assert payment.status == Payment.Status.PENDING


def test_at_first_stripes_own_word_is_waited_for(stripe):
    opened(age=timedelta(seconds=50))
    calls = len(stripe.sandbox.calls)

    reconciling.look_at_open()

    assert len(stripe.sandbox.calls) == calls


@pytest.mark.parametrize(
    ("silent_for", "is_asked"), [(timedelta(minutes=4), False), (timedelta(minutes=6), True)]
)
def test_the_older_a_payment_the_rarer_it_is_looked_at(stripe, silent_for, is_asked):
    payment = opened(age=timedelta(minutes=20))
    Payment.objects.update(news_at=timezone.now() - silent_for)
    calls = len(stripe.sandbox.calls)

    reconciling.look_at_open()

    assert (len(stripe.sandbox.calls) > calls) is is_asked
    assert payment.is_open


def test_payments_that_are_over_are_left_alone(stripe):
    payment = opened()
    stripe.sandbox.pay(payment.stripe_payment_id)
    stripe.deliver()
    Payment.objects.update(news_at=timezone.now() - timedelta(days=1))
    calls = len(stripe.sandbox.calls)

    assert reconciling.look_at_open() == 0
    assert len(stripe.sandbox.calls) == calls


def test_while_stripe_is_down_nothing_changes_and_nobody_is_kept_waiting(stripe, caplog):
    payments = [opened(), opened()]
    calls = len(stripe.sandbox.calls)
    stripe.sandbox.faults.api("error_429")  # for as long as this test runs

    assert reconciling.look_at_open() == 0

    assert len(stripe.sandbox.calls) - calls < len(payments) * (gateway.RETRIES + 1)
    assert "Stripe cannot be asked" in caplog.text
    assert all(Payment.objects.get(pk=payment.pk).is_open for payment in payments)


def test_one_payment_that_cannot_be_looked_at_does_not_stop_the_others(stripe):
    unknown, paid = opened(timedelta(minutes=3)), opened()
    Payment.objects.filter(pk=unknown.pk).update(stripe_payment_id="pi_of_another_account")
    stripe.sandbox.pay(paid.stripe_payment_id)

    assert reconciling.look_at_open() == 1


def test_an_error_of_stripes_about_one_payment_does_not_stop_the_others(stripe):
    ailing, paid = opened(timedelta(minutes=3)), opened()
    stripe.sandbox.faults.api("error_500", f"/v1/payment_intents/{ailing.stripe_payment_id}")
    stripe.sandbox.pay(paid.stripe_payment_id)

    assert reconciling.look_at_open() == 1
