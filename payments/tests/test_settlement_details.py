"""What is written down, announced and said when a payment moves, to the word where a person relies on it."""

from decimal import Decimal

import pytest

from payments import intents, signals
from payments.models import Attention, Payment, Refund
from payments.settlement import UnknownPayment, settle

from .news import at, attention_to, declined, dispute_object, event, intent, refund_object

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """Signals as somebody hears them who listens to payments only."""
    names = ("succeeded", "failed", "canceled", "refunded", "disputed")
    heard, ears = [], []
    for name in names:
        signal = getattr(signals, f"payment_{name}")

        def ear(sender, payment, name=name, **more):
            heard.append((name, payment))

        signal.connect(ear, sender=Payment)
        ears.append((signal, ear))
    yield heard
    for signal, ear in ears:
        signal.disconnect(ear, sender=Payment)


def test_a_decline_then_a_success_are_announced_as_payments_news(known, heard):
    settle(declined(known), as_of=at(0))
    settle(intent(known), as_of=at(1))

    assert heard == [("failed", known), ("succeeded", known)]


def test_an_end_is_announced_as_payments_news(known, heard):
    settle(intent(known, "canceled"), as_of=at(0))

    assert heard == [("canceled", known)]


def test_giving_up_is_announced_as_payments_news(known, heard):
    intents.give_up(known)

    assert heard == [("canceled", known)]


def test_an_end_without_stripe_is_announced_as_payments_news(payment, heard):
    intents.cancel(payment)

    assert heard == [("canceled", payment)]


def test_refunds_and_disputes_are_announced_as_payments_news(known, stripe, heard):
    settle(intent(known), as_of=at(0))
    for news in (
        event("refund.created", refund_object(known, amount=100)),
        event("charge.dispute.created", dispute_object(known)),
    ):
        stripe.post(*stripe.sandbox.signed(news))

    assert heard == [("succeeded", known), ("refunded", known), ("disputed", known)]


def test_an_intent_whose_opening_call_died_is_adopted(payment):
    settle(intent(payment, "requires_action", id="pi_found"), as_of=at(0))

    payment.refresh_from_db()
    assert payment.stripe_payment_id == "pi_found"
    assert payment.opened_at is not None


def test_an_adopted_intent_keeps_the_time_at_which_it_was_asked_for(payment):
    payment.opened_at = at(-60)
    payment.save()

    settle(intent(payment, "requires_action", id="pi_found"), as_of=at(0))

    payment.refresh_from_db()
    assert payment.opened_at == at(-60)


def test_no_payment_takes_an_intent_that_is_not_ours(known):
    stranger = intent(known, id="pi_stranger", metadata={})

    with pytest.raises(UnknownPayment):
        settle(stranger, as_of=at(0))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount_received": 1293}, "amount is 12.93, not 12.94"),
        ({"currency": "usd"}, "currency is usd, not gbp"),
        ({"livemode": True}, "livemode is True, not False"),
    ],
)
def test_a_person_reads_what_came_and_what_was_agreed(known, wrong, words):
    settle(intent(known, **wrong), as_of=at(0))

    assert attention_to(known) == f"Paid, but {words}"


def test_a_person_reads_all_that_differs(known):
    settle(intent(known, amount_received=1, currency="usd"), as_of=at(0))

    assert attention_to(known) == "Paid, but amount is 0.01, not 12.94; currency is usd, not gbp"


def test_the_case_of_a_mismatch_is_filed_under_the_intent(known):
    settle(intent(known, amount_received=1), as_of=at(0))

    case = Attention.objects.get()
    assert (case.reason, case.subject, case.payment) == (Attention.Reason.MISMATCH, "pi_known", known)


def test_money_that_went_back_before_it_came_is_a_case_under_the_intent(known):
    Refund.objects.create(
        payment=known,
        intent_id="pi_known",
        stripe_refund_id="re_early",
        amount=3,
        currency="gbp",
        status=Refund.Status.SUCCEEDED,
        reason=Refund.Reason.DASHBOARD,
    )

    settle(intent(known), as_of=at(0))

    case = Attention.objects.get()
    assert (case.reason, case.subject, case.payment) == (Attention.Reason.REFUNDED_FIRST, "pi_known", known)
    assert case.detail == "£3.00 went back before the order was confirmed"


def test_the_latest_news_counts_to_the_moment(known):
    settle(intent(known, "requires_action"), as_of=at(5))
    settle(intent(known, "requires_action"), as_of=at(3))

    known.refresh_from_db()
    assert known.news_at == at(5)


def test_a_second_intent_that_is_paid_first_becomes_the_payments(known, announced):
    """Stripe executed a call that it answered with an error, and the shopper paid that intent."""
    settle(intent(known, id="pi_twin"), as_of=at(0))

    known.refresh_from_db()
    assert (known.stripe_payment_id, known.status) == ("pi_twin", Payment.Status.COMPLETED)
    assert announced == ["succeeded"]


def test_other_money_than_agreed_by_a_second_intent_changes_nothing(known, announced):
    settle(intent(known, id="pi_twin", amount_received=1), as_of=at(0))

    known.refresh_from_db()
    assert (known.stripe_payment_id, known.status, announced) == ("pi_known", Payment.Status.PENDING, [])
    assert "amount is 0.01" in attention_to(known)


def test_yen_are_compared_as_yen(known, announced):
    known.amount, known.currency = Decimal(1500), "jpy"
    known.save()

    settle(intent(known, amount_received=150_000), as_of=at(0))
    assert announced == []
    settle(intent(known, amount_received=1500), as_of=at(1))

    known.refresh_from_db()
    assert announced == ["succeeded"]
    assert known.is_paid
