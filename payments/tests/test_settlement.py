"""The one function that moves a payment: every status against every news, in any order, any number of times."""

import logging

import pytest
from django.utils import timezone

from payments.models import Payment
from payments.settlement import settle

from .news import at, attention_to, declined, error, intent, intent_object

pytestmark = pytest.mark.django_db

PENDING, PROCESSING, FAILED, CANCELED, COMPLETED, PARTLY, REFUNDED = Payment.Status
OPEN = (PENDING, PROCESSING, FAILED)
PAID = (COMPLETED, PARTLY, REFUNDED)


def put(payment, status):
    """Bring a payment into a status, as if that had happened before noon."""
    payment.status = status
    payment.completed_at = timezone.now() if status in PAID else None
    payment.canceled_at = timezone.now() if status == CANCELED else None
    payment.amount_refunded = {PARTLY: 1, REFUNDED: payment.amount}.get(status, 0)
    payment.save()


def what_follows(status, news):
    """The rules in one place: forward only, the money counts, the end of an intent ends what is open."""
    if status in PAID:
        return status, []
    if news == "succeeded":
        return COMPLETED, ["succeeded"]
    if status == CANCELED:
        return status, []
    return {
        "canceled": (CANCELED, ["canceled"]),
        "processing": (PROCESSING, []),
        "declined": (FAILED, ["failed"]),
    }.get(news, (status, []))


NEWS = [
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "requires_capture",
    "processing",
    "declined",
    "succeeded",
    "canceled",
    "invented_next_year",
]


@pytest.mark.parametrize("news", NEWS)
@pytest.mark.parametrize("status", Payment.Status)
def test_every_status_meets_every_news(known, announced, monkeypatch, status, news):
    monkeypatch.setattr("orders.receivers._locked", lambda payment: Quiet())
    put(known, status)
    told = declined(known) if news == "declined" else intent(known, news)

    settle(told, as_of=at(0))
    settle(told, as_of=at(0))

    known.refresh_from_db()
    assert (known.status, announced) == what_follows(status, news)


class Quiet:
    """An order that goes along with everything: this file is about payments."""

    is_paid = False

    def __getattr__(self, name):
        return lambda *args, **kwargs: False


def test_success_is_written_down(known):
    settle(declined(known), as_of=at(0))
    settle(intent(known), as_of=at(1))

    known.refresh_from_db()
    assert known.completed_at is not None
    assert (known.failure_code, known.failure_message, known.failure_ref) == ("", "", "")


def test_a_decline_tells_the_shopper_and_staff_why(known):
    settle(declined(known, decline_code="insufficient_funds"), as_of=at(0))

    known.refresh_from_db()
    assert known.failure_code == "insufficient_funds"
    assert "not enough money" in known.failure_message


def test_a_decline_that_has_only_a_code_is_told_by_it(known):
    settle(declined(known, code="expired_card", decline_code=""), as_of=at(0))

    known.refresh_from_db()
    assert known.failure_code == "expired_card"
    assert "has expired" in known.failure_message


def test_a_decline_is_told_once_per_try(known, announced):
    for charge in ("ch_1", "ch_1", "ch_2", "ch_2"):
        settle(declined(known, charge), as_of=at(0))

    assert announced == ["failed", "failed"]
    assert known.order.events.filter(kind="payment_failed").count() == 2


def test_a_decline_that_names_no_try_is_told_once(known, announced):
    """A status page may look every few seconds."""
    for _ in range(3):
        settle(intent(known, "requires_payment_method", last_payment_error=error(charge="")), as_of=at(0))

    assert announced == ["failed"]


def test_an_older_decline_changes_nothing(known, announced):
    settle(intent(known, "processing"), as_of=at(60))
    settle(declined(known), as_of=at(59))

    known.refresh_from_db()
    assert known.status == PROCESSING
    assert announced == []


def test_a_decline_within_the_second_of_our_look_is_not_missed(known, announced):
    """Events carry whole seconds: the decline may have come after the look, though its time says before."""
    settle(intent(known, "requires_payment_method"), as_of=at(0.7))
    settle(declined(known), as_of=at(0))

    assert announced == ["failed"]


@pytest.mark.parametrize("status", ["succeeded", "canceled"])
def test_how_an_intent_ended_counts_however_old_the_news_is(known, announced, status):
    settle(declined(known), as_of=at(60))
    settle(intent(known, status), as_of=at(0))

    assert announced == ["failed", status]


# What came is not what was asked for


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_received": 1293},
        {"amount_received": 1295},
        {"amount_received": 0},
        {"currency": "usd"},
        {"livemode": True},
        {"metadata": {}},
        {"metadata": {"payment_id": "nobody", "order_id": "nobody"}},
    ],
)
def test_other_money_than_agreed_is_never_taken_for_a_payment(known, announced, caplog, wrong):
    settle(intent(known, **wrong), as_of=at(0))

    known.refresh_from_db()
    known.order.refresh_from_db()
    assert known.status == PENDING
    assert known.order.is_pending
    assert announced == []
    assert attention_to(known).startswith("Paid, but ")
    assert [record.levelno for record in caplog.records if record.name.startswith("payments")] == [
        logging.ERROR
    ]


@pytest.mark.parametrize("key", ["payment_id", "order_id"])
def test_money_that_names_another_order_is_never_taken_for_a_payment(known, announced, key):
    ours = intent_object(known)["metadata"]

    settle(intent(known, metadata={**ours, key: "6f0c1b46-0000-4000-8000-000000000000"}), as_of=at(0))

    known.refresh_from_db()
    assert f"{key} is 6f0c1b46" in attention_to(known)
    assert announced == []


def test_a_mismatch_is_reported_once(known, caplog):
    for _ in range(3):
        settle(intent(known, amount_received=1), as_of=at(0))

    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


def test_right_money_after_a_mismatch_still_counts(known, announced):
    settle(intent(known, amount_received=1), as_of=at(0))
    settle(intent(known), as_of=at(1))

    assert announced == ["succeeded"]


# Success after the end


def test_money_after_the_end_takes_the_books_again(known):
    book = known.order.lines.get().book
    settle(intent(known, "canceled"), as_of=at(0))
    settle(intent(known), as_of=at(1))

    known.order.refresh_from_db()
    book.refresh_from_db()
    assert known.order.status == "CONFIRMED"
    assert book.stock == 9


def test_a_receiver_that_fails_undoes_the_move(known, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("no order today")

    monkeypatch.setattr("orders.receivers.accept", fail)
    with pytest.raises(RuntimeError):
        settle(intent(known), as_of=at(0))

    known.refresh_from_db()
    assert known.status == PENDING
