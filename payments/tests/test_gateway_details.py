"""What Stripe gets to read: amounts in the currency's own smallest unit, why an intent ends, what a refund is of."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from bookstore.testing.worker import run_due_tasks
from payments import gateway, refunds
from payments.models import Refund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


def calls_to(sandbox, address):
    return [call["method"] for call in sandbox.calls if call["path"].startswith(address)]


def test_yen_have_no_smaller_unit(payment, sandbox):
    payment.amount, payment.currency = Decimal(1500), "jpy"

    gateway.create_intent(payment)

    (at_stripe,) = sandbox.intents()
    assert (at_stripe["amount"], at_stripe["currency"]) == (1500, "jpy")


def test_yen_go_back_as_yen(payment, sandbox):
    payment.amount, payment.currency = Decimal(1500), "jpy"
    intent = gateway.create_intent(payment)
    sandbox.pay(intent.id)
    refund = Refund(payment=payment, intent_id=intent.id, amount=Decimal(700), currency="jpy")

    assert gateway.create_refund(refund).amount == 700


def test_stripe_is_told_why_an_intent_ends(opened, sandbox):
    gateway.cancel_intent(opened.stripe_payment_id)

    assert sandbox.intents()[0]["cancellation_reason"] == "abandoned"


def test_the_refund_of_an_orphan_is_marked_and_made_once(opened, sandbox):
    sandbox.pay(opened.stripe_payment_id)

    first = gateway.refund_orphan(opened.stripe_payment_id)
    again = gateway.refund_orphan(opened.stripe_payment_id)

    assert first.id == again.id
    assert [made["metadata"] for made in sandbox.refunds()] == [{"orphan": "true"}]
    assert sandbox.calls[-1]["idempotency_key"] == f"orphan-{opened.stripe_payment_id}"


def test_after_a_refund_that_failed_the_next_has_a_key_of_its_own(opened, sandbox):
    sandbox.pay(opened.stripe_payment_id)
    failed = gateway.refund_orphan(opened.stripe_payment_id)
    sandbox.fail_refund(failed.id)

    anew = gateway.refund_orphan(opened.stripe_payment_id, after=failed.id)

    assert anew.id != failed.id
    assert sandbox.calls[-1]["idempotency_key"] == f"orphan-{opened.stripe_payment_id}-{failed.id}"


def test_a_young_refund_is_asked_for_with_its_key_and_not_searched_for(paid, sandbox):
    refunds.request(paid, Decimal(5), reason=Refund.Reason.REQUESTED_BY_CUSTOMER)

    run_due_tasks()

    assert calls_to(sandbox, "/v1/refunds") == ["POST"]


def test_a_refund_that_stripe_answered_with_an_error_is_searched_for_first(paid, sandbox):
    refund = refunds.request(paid, Decimal(5), reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
    Refund.objects.update(attempt=2)
    refund.refresh_from_db()

    refunds.submit(refund)

    assert calls_to(sandbox, "/v1/refunds") == ["GET", "POST"]


def test_lists_begin_where_they_are_asked_to(opened, sandbox):
    sandbox.pay(opened.stripe_payment_id)
    before, after = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)

    for read in (gateway.list_intents, gateway.list_charges):
        assert len(list(read(since=before))) == 1
        assert list(read(since=after)) == []


def test_each_error_of_stripes_is_followed_by_the_next_key(paid, sandbox):
    refund = refunds.request(paid, Decimal(5), reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
    sandbox.faults.api("error_500", "/v1/refunds")

    with pytest.raises(gateway.StripeFailed):
        refunds.submit(refund)

    refund.refresh_from_db()
    assert refund.attempt == 2
