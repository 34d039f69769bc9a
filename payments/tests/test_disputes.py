"""Disputes are recorded as they stand at Stripe, and shown to staff."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bookstore.testing.worker import run_due_tasks
from payments import disputes
from payments.models import Dispute
from payments.settlement import settle
from payments.stripe_objects import DisputeNews

from .news import at, attention_to, dispute_object, intent

pytestmark = pytest.mark.django_db


def follow(payment, status="needs_response", seconds=0, **changes):
    news = DisputeNews.parse(dispute_object(payment, status, **changes))
    return disputes.follow(news, as_of=at(seconds))


def test_a_chargeback_is_shown_to_staff_and_changes_no_order(opened, stripe, announced, caplog):
    stripe.sandbox.pay(opened.stripe_payment_id, "pm_card_createDispute")
    stripe.sandbox.advance(10)

    for _ in range(2):
        stripe.deliver(stripe.events())
    run_due_tasks()

    dispute = Dispute.objects.get()
    opened.refresh_from_db()
    opened.order.refresh_from_db()
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", opened.amount)
    assert dispute.evidence_due_at is not None
    assert opened.status == "COMPLETED"
    assert opened.order.status == "CONFIRMED"
    assert "needs response" in attention_to(opened)
    assert announced == ["succeeded", "disputed"]
    assert ": needs response" in caplog.text


def test_a_person_reads_how_much_is_disputed_and_how_it_stands(known):
    follow(known, "warning_needs_response", amount=500)

    assert attention_to(known) == "Dispute of £5.00: warning needs response"


def test_a_dispute_in_another_currency_is_told_in_its_own_units(known):
    """500 yen have no hundredths."""
    follow(known, amount=500, currency="jpy")

    assert known.order.events.last().text == "JP¥500: fraudulent, needs response"


def test_each_step_is_announced_once(known, announced):
    for status in ("needs_response", "needs_response", "under_review", "under_review", "won", "won"):
        follow(known, status)

    assert announced == ["disputed"] * 3
    assert [event.kind for event in known.order.events.filter(kind="dispute")] == ["dispute"] * 3


def test_older_news_change_nothing(known):
    follow(known, "under_review", seconds=60)
    follow(known, "needs_response", seconds=59)

    assert Dispute.objects.get().status == "under_review"


@pytest.mark.parametrize("end", ["won", "lost", "warning_closed", "prevented"])
def test_within_one_second_the_end_is_the_end(known, end):
    """Stripe's times are whole seconds, and its events come in any order."""
    follow(known, end)
    follow(known, "under_review")

    assert Dispute.objects.get().status == end


def test_what_changes_is_kept(known):
    follow(known)
    follow(
        known, amount=700, evidence_details={"due_by": int(at(0).timestamp())}, reason="product_not_received"
    )

    dispute = Dispute.objects.get()
    assert (dispute.amount, dispute.reason) == (Decimal("7.00"), "product_not_received")
    assert dispute.evidence_due_at == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_dispute_in_another_currency_keeps_its_own(known):
    follow(known, amount=1500, currency="jpy")

    assert (Dispute.objects.get().amount, Dispute.objects.get().currency) == (Decimal(1500), "jpy")


def test_the_money_of_a_second_payment_can_be_disputed_too(known):
    settle(intent(known), as_of=at(0))
    settle(intent(known, id="pi_second"), as_of=at(0))

    assert follow(known, payment_intent="pi_second").payment == known


@pytest.mark.parametrize("intent_id", ["pi_theirs", None])
def test_a_dispute_of_somebody_elses_money_is_unknown(known, intent_id):
    with pytest.raises(disputes.UnknownDispute):
        follow(known, payment_intent=intent_id)
