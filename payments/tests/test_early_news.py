"""News of a refund or a dispute that comes before anybody knows whose intent it is about."""

from datetime import timedelta

import pytest
from django.utils import timezone

from payments import inbox
from payments.inbox import Envelope
from payments.models import Dispute, Payment, Refund, StripeEvent

from .news import dispute_object, event, intent_object, refund_object

pytestmark = pytest.mark.django_db

SECOND = "pi_second"


def receive(*events):
    for each in events:
        inbox.receive(Envelope.parse(each))


def paid_by_the_second(payment):
    return event("payment_intent.succeeded", intent_object(payment, id=SECOND))


def refunded(payment, type_="refund.created"):
    return event(type_, refund_object(payment, payment_intent=SECOND))


def disputed(payment):
    return event("charge.dispute.created", dispute_object(payment, payment_intent=SECOND))


@pytest.mark.parametrize("type_", ["refund.created", "charge.refund.updated"])
def test_a_refund_that_was_heard_of_first_counts_once_its_intent_is_known(known, type_):
    receive(refunded(known, type_), paid_by_the_second(known))

    inbox.retry_due()

    known.refresh_from_db()
    assert known.stripe_payment_id == SECOND
    assert known.status == Payment.Status.REFUNDED
    assert Refund.objects.count() == 1


def test_a_dispute_that_was_heard_of_first_is_recorded_once_its_intent_is_known(known):
    receive(disputed(known), paid_by_the_second(known))

    inbox.retry_due()

    assert Dispute.objects.get().payment == known


def test_a_refund_of_a_second_payment_is_recorded_though_it_was_heard_of_first(known):
    receive(event("payment_intent.succeeded", intent_object(known)))
    receive(refunded(known), paid_by_the_second(known))

    inbox.retry_due()

    assert set(known.refunds.values_list("intent_id", "reason")) == {
        (SECOND, "double_payment"),
        (SECOND, "dashboard"),
    }
    assert not StripeEvent.objects.filter(processed_at=None).exists()
    known.refresh_from_db()
    assert known.amount_refunded == 0


def test_a_refund_of_an_intent_whose_id_was_never_written_down_counts_too(payment):
    early = refund_object(payment, payment_intent=f"pi_of_{payment.pk.hex}")
    receive(event("refund.created", early), event("payment_intent.succeeded", intent_object(payment)))

    inbox.retry_due()

    payment.refresh_from_db()
    assert payment.status == Payment.Status.REFUNDED


def test_what_is_about_another_intent_is_let_be(known):
    receive(event("refund.created", refund_object(known, payment_intent="pi_theirs")))
    StripeEvent.objects.update(processed_at=timezone.now() - timedelta(days=1))

    receive(paid_by_the_second(known))

    assert not StripeEvent.objects.filter(processed_at=None).exists()


def test_only_what_was_heard_of_refunds_and_disputes_is_heard_again(known):
    receive(event("payment_intent.created", intent_object(known, "requires_payment_method", id=SECOND)))

    receive(paid_by_the_second(known))

    assert not StripeEvent.objects.filter(processed_at=None).exists()


def test_what_failed_before_keeps_its_time(known):
    receive(refunded(known))
    tomorrow = timezone.now() + timedelta(days=1)
    StripeEvent.objects.update(processed_at=None, retry_at=tomorrow, error="out of order")

    receive(paid_by_the_second(known))

    assert StripeEvent.objects.get(processed_at=None).retry_at == tomorrow
