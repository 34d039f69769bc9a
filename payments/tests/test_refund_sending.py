"""A refund reaches Stripe once, though Stripe is slow, broken or gone for days."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookstore.testing.worker import run_due_tasks
from payments import gateway, refunds
from payments.models import Refund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

API = "/v1/refunds"


def ask(payment, amount=None):
    return refunds.request(
        payment, Decimal(amount or payment.amount), reason=Refund.Reason.REQUESTED_BY_CUSTOMER
    )


def state(payment):
    payment.refresh_from_db()
    return payment.status, payment.amount_refunded


def age(**days):
    Refund.objects.update(created_at=timezone.now() - timedelta(**days))


@pytest.mark.parametrize(
    ("fault", "when"),
    [
        ("error_500", "before"),
        ("error_500", "after"),
        ("error_429", "before"),
        ("drop", "before"),
        ("drop", "after"),
    ],
)
def test_a_refund_is_sent_later_and_once(paid, sandbox, fault, when):
    refund = ask(paid, "5.00")
    sandbox.faults.api(fault, API, when=when)
    run_due_tasks()
    assert refunds.submit_due() == 0  # the worker has a minute
    age(minutes=2)
    assert refunds.submit_due() == 0
    sandbox.faults.clear()

    assert refunds.submit_due() == 1

    refund.refresh_from_db()
    assert refund.status == Refund.Status.SUCCEEDED
    assert [made["amount"] for made in sandbox.refunds()] == [500]
    assert state(paid) == ("PARTIALLY_REFUNDED", Decimal("5.00"))


def test_a_refund_whose_key_is_forgotten_is_looked_for_first(paid, sandbox):
    """With a forgotten key Stripe would pay a part back twice."""
    ask(paid, "5.00")
    sandbox.faults.api("drop", API, when="after")
    run_due_tasks()
    sandbox.faults.clear()
    age(days=2)
    sandbox.advance(2 * 86400)

    assert refunds.submit_due() == 1

    assert len(sandbox.refunds()) == 1
    assert state(paid) == ("PARTIALLY_REFUNDED", Decimal("5.00"))


def test_a_wrong_secret_key_fails_no_refund(paid, sandbox, settings):
    refund = ask(paid)
    settings.STRIPE_SECRET_KEY = "sk_test_unknown0000000000000000"
    run_due_tasks()

    refund.refresh_from_db()
    assert refund.status == Refund.Status.REQUESTED


def test_the_worker_gets_a_minute_before_a_sweep_sends_it(paid, sandbox):
    ask(paid)

    assert refunds.submit_due() == 0
    assert sandbox.refunds() == []

    age(minutes=2)
    assert refunds.submit_due() == 1


def test_a_500_spends_the_key_of_this_refund_alone(paid, sandbox):
    refund, other = ask(paid, "1.00"), ask(paid, "2.00")
    sandbox.faults.api("error_500", API)

    with pytest.raises(gateway.StripeFailed):
        refunds.submit(refund)
    with pytest.raises(gateway.StripeFailed):
        refunds.submit(refund)  # as it was read before: another process has spent its key meanwhile

    attempts = dict(Refund.objects.values_list("pk", "attempt"))
    assert attempts == {refund.pk: 2, other.pk: 1}


@pytest.mark.parametrize(("fault", "refunds_tried"), [("error_429", 1), ("error_500", 2)])
def test_while_stripe_does_not_answer_at_all_the_rest_waits_for_the_next_sweep(
    paid, sandbox, caplog, fault, refunds_tried
):
    ask(paid, "1.00")
    ask(paid, "2.00")
    age(minutes=2)
    sandbox.faults.api(fault, API)

    assert refunds.submit_due() == 0

    assert caplog.text.count("could not be sent, it will be retried") == refunds_tried
    sandbox.faults.clear()
    assert refunds.submit_due() == 2


def test_a_refund_that_cannot_be_sent_does_not_hold_up_the_others(paid, sandbox, monkeypatch):
    first, second = ask(paid, "1.00"), ask(paid, "2.00")
    age(minutes=2)
    submit = refunds.submit

    def fail_first(refund):
        if refund.pk == first.pk:
            raise RuntimeError("no")
        submit(refund)

    monkeypatch.setattr(refunds, "submit", fail_first)

    assert refunds.submit_due() == 1
    second.refresh_from_db()
    assert second.status == Refund.Status.SUCCEEDED
