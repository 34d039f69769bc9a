"""With every webhook lost, Stripe is asked how open payments stand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from payments import disputes, gateway, intents, reconciling, refunds
from payments.models import Attention, Dispute, Payment, Refund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


def unheard(age=timedelta(minutes=2)):
    """A payment with an intent, of which nothing was heard since."""
    payment = place_order().payment
    intents.ensure(payment)
    Payment.objects.filter(pk=payment.pk).update(created_at=timezone.now() - age)
    payment.refresh_from_db()
    return payment


def test_a_payment_that_went_through_unheard_is_settled(stripe):
    payment = unheard()
    stripe.sandbox.pay(payment.stripe_payment_id)

    assert reconciling.look_at_open() == 1

    payment.refresh_from_db()
    assert payment.status == Payment.Status.COMPLETED
    assert payment.order.is_paid


def test_a_payment_that_was_canceled_unheard_is_settled(stripe):
    payment = unheard()
    gateway.cancel_intent(payment.stripe_payment_id)

    assert reconciling.look_at_open() == 1

    payment.refresh_from_db()
    assert payment.status == Payment.Status.CANCELED


def test_a_payment_that_nobody_has_made_yet_stays_open(stripe):
    payment = unheard()

    assert reconciling.look_at_open() == 0

    payment.refresh_from_db()
    assert payment.status == Payment.Status.PENDING


def test_at_first_stripes_own_word_is_waited_for(stripe):
    unheard(age=timedelta(seconds=50))
    calls = len(stripe.sandbox.calls)

    reconciling.look_at_open()

    assert len(stripe.sandbox.calls) == calls


@pytest.mark.parametrize(
    ("silent_for", "is_asked"), [(timedelta(minutes=4), False), (timedelta(minutes=6), True)]
)
def test_the_older_a_payment_the_rarer_it_is_looked_at(stripe, silent_for, is_asked):
    payment = unheard(age=timedelta(minutes=20))
    Payment.objects.update(news_at=timezone.now() - silent_for)
    calls = len(stripe.sandbox.calls)

    reconciling.look_at_open()

    assert (len(stripe.sandbox.calls) > calls) is is_asked
    assert payment.is_open


def test_payments_that_are_over_are_left_alone(stripe):
    payment = unheard()
    stripe.sandbox.pay(payment.stripe_payment_id)
    stripe.deliver()
    Payment.objects.update(news_at=timezone.now() - timedelta(days=1))
    calls = len(stripe.sandbox.calls)

    assert reconciling.look_at_open() == 0
    assert len(stripe.sandbox.calls) == calls


def test_all_that_moved_are_counted(stripe):
    for payment in (unheard(), unheard(), unheard()):
        if Payment.objects.latest("created_at") != payment:
            stripe.sandbox.pay(payment.stripe_payment_id)

    assert reconciling.look_at_open() == 2


def test_while_stripe_is_down_nothing_changes_and_nobody_is_kept_waiting(stripe, caplog):
    payments = [unheard(), unheard()]
    calls = len(stripe.sandbox.calls)
    stripe.sandbox.faults.api("error_429")  # for as long as this test runs

    assert reconciling.look_at_open() == 0

    assert len(stripe.sandbox.calls) - calls < len(payments) * (gateway.RETRIES + 1)
    assert "Stripe cannot be asked" in caplog.text
    assert all(Payment.objects.get(pk=payment.pk).is_open for payment in payments)


def test_one_payment_that_cannot_be_looked_at_does_not_stop_the_others(stripe):
    unknown, paid = unheard(timedelta(minutes=3)), unheard()
    Payment.objects.filter(pk=unknown.pk).update(stripe_payment_id="pi_of_another_account")
    stripe.sandbox.pay(paid.stripe_payment_id)

    assert reconciling.look_at_open() == 1


def test_an_error_of_stripes_about_one_payment_does_not_stop_the_others(stripe):
    ailing, paid = unheard(timedelta(minutes=3)), unheard()
    stripe.sandbox.faults.api("error_500", f"/v1/payment_intents/{ailing.stripe_payment_id}")
    stripe.sandbox.pay(paid.stripe_payment_id)

    assert reconciling.look_at_open() == 1


# Intents that were perhaps opened by calls that ended without an answer


def unanswered(age=timedelta(minutes=5), *, reached=True):
    """A payment whose opening call ended without an answer; `reached`: Stripe has opened it all the same."""
    payment = place_order().payment
    if reached:
        gateway.create_intent(payment)
    Payment.objects.filter(pk=payment.pk).update(
        created_at=timezone.now() - age, opened_at=timezone.now() - age
    )
    payment.refresh_from_db()
    return payment


def test_an_intent_whose_opening_went_unanswered_is_found(stripe):
    payment = unanswered()

    assert reconciling.look_for_lost() == 1

    payment.refresh_from_db()
    assert payment.stripe_payment_id == stripe.sandbox.intents()[0]["id"]
    assert payment.news_at > payment.opened_at
    assert reconciling.look_for_lost() == 0


def test_an_intent_that_was_even_paid_meanwhile_settles_its_payment(stripe):
    payment = unanswered()
    stripe.sandbox.pay(stripe.sandbox.intents()[0]["id"])

    reconciling.look_for_lost()

    payment.refresh_from_db()
    assert payment.is_paid
    assert payment.order.is_paid


def test_a_payment_that_stripe_never_heard_of_counts_as_not_opened(stripe):
    payment = unanswered(reached=False)

    assert reconciling.look_for_lost() == 0

    payment.refresh_from_db()
    assert (payment.opened_at, payment.stripe_payment_id, payment.attempt) == (None, None, 2)
    assert intents.cancel(payment).status == Payment.Status.CANCELED
    assert len(stripe.sandbox.intents()) == 0


def test_a_call_that_may_still_be_under_way_is_left_alone(stripe):
    unanswered(timedelta(seconds=110), reached=False)
    calls = len(stripe.sandbox.calls)

    assert reconciling.look_for_lost() == 0
    assert len(stripe.sandbox.calls) == calls


def test_a_payment_that_is_opened_anew_while_it_is_looked_for_stays_opened(stripe, monkeypatch):
    payment = unanswered(reached=False)
    find = gateway.find_intent

    def opened_meanwhile(of):
        found = find(of)
        Payment.objects.filter(pk=of.pk).update(opened_at=timezone.now())
        return found

    monkeypatch.setattr(gateway, "find_intent", opened_meanwhile)

    assert reconciling.look_for_lost() == 0

    payment.refresh_from_db()
    assert payment.opened_at is not None
    assert payment.attempt == 1


def test_while_stripe_is_silent_what_was_perhaps_opened_stays_unknown(stripe):
    payment = unanswered(reached=False)
    stripe.sandbox.faults.api("error_429")

    assert reconciling.look_for_lost() == 0

    payment.refresh_from_db()
    assert payment.opened_at is not None


def test_payments_that_are_over_or_known_are_not_looked_for(stripe):
    over = unanswered(reached=False)
    Payment.objects.filter(pk=over.pk).update(status=Payment.Status.CANCELED, canceled_at=timezone.now())
    unheard()
    calls = len(stripe.sandbox.calls)

    reconciling.look_for_lost()

    assert len(stripe.sandbox.calls) == calls


# Refunds


@pytest.fixture
def on_its_way(opened, stripe):
    """A refund that Stripe has taken, two minutes ago, and that is pending."""
    stripe.sandbox.pay(opened.stripe_payment_id, "pm_card_pendingRefund")
    stripe.deliver()
    refunds.request(opened, opened.amount, reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
    run_due_tasks()
    Refund.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    return Refund.objects.get()


def reload(row):
    row.refresh_from_db()
    return row


def test_a_refund_that_arrived_unheard_is_followed(on_its_way, stripe):
    assert on_its_way.status == Refund.Status.PENDING
    stripe.sandbox.advance(10)

    assert reconciling.look_at_refunds() == 1

    assert reload(on_its_way).status == Refund.Status.SUCCEEDED
    assert on_its_way.asked_at
    assert reconciling.look_at_refunds() == 0


def test_a_refund_that_failed_unheard_is_shown_to_people(on_its_way, stripe):
    stripe.sandbox.fail_refund(on_its_way.stripe_refund_id)

    assert reconciling.look_at_refunds() == 1

    assert reload(on_its_way).status == Refund.Status.FAILED
    assert Attention.objects.open().get().reason == "refund_failed"
    assert Payment.objects.get().amount_refunded == 0


def test_a_refund_that_is_still_on_its_way_stays_so_and_is_asked_for_ever_more_rarely(on_its_way, stripe):
    assert reconciling.look_at_refunds() == 0
    calls = len(stripe.sandbox.calls)

    assert reconciling.look_at_refunds() == 0
    assert len(stripe.sandbox.calls) == calls  # asked a moment ago

    Refund.objects.update(created_at=timezone.now() - timedelta(hours=4))
    Refund.objects.update(asked_at=timezone.now() - timedelta(minutes=50))
    reconciling.look_at_refunds()
    assert len(stripe.sandbox.calls) == calls

    Refund.objects.update(asked_at=timezone.now() - timedelta(minutes=70))
    reconciling.look_at_refunds()
    assert len(stripe.sandbox.calls) == calls + 1


def test_refunds_that_have_ended_are_not_asked_for(on_its_way, stripe):
    stripe.sandbox.advance(10)
    reconciling.look_at_refunds()
    Refund.objects.update(asked_at=None)
    calls = len(stripe.sandbox.calls)

    reconciling.look_at_refunds()

    assert len(stripe.sandbox.calls) == calls


def test_refunds_get_a_minute_before_anybody_asks(on_its_way, stripe):
    Refund.objects.update(created_at=timezone.now() - timedelta(seconds=50))
    calls = len(stripe.sandbox.calls)

    reconciling.look_at_refunds()

    assert len(stripe.sandbox.calls) == calls


# Disputes


@pytest.fixture
def disputed(opened, stripe):
    """Of which nothing was heard for seven hours."""
    stripe.sandbox.pay(opened.stripe_payment_id, "pm_card_createDispute")
    stripe.sandbox.advance(10)
    stripe.deliver()
    Dispute.objects.update(news_at=timezone.now() - timedelta(hours=7))
    return Dispute.objects.get()


def ends(stripe, dispute, status):
    with stripe.sandbox.engine.transaction() as engine:
        at_stripe = engine.store.get("dispute", dispute.stripe_dispute_id)
        engine.store.put(at_stripe | {"status": status})


def test_a_dispute_that_was_won_unheard_needs_nobody_any_more(disputed, stripe):
    assert Attention.objects.open().get().reason == "dispute"
    ends(stripe, disputed, "won")

    assert reconciling.look_at_disputes() == 1

    assert reload(disputed).status == "won"
    assert not Attention.objects.open().exists()
    assert reconciling.look_at_disputes() == 0


def test_a_dispute_that_was_lost_unheard_stays_with_people(disputed, stripe):
    ends(stripe, disputed, "lost")

    assert reconciling.look_at_disputes() == 1

    assert "lost" in Attention.objects.open().get().detail


def test_a_dispute_is_asked_for_every_six_hours(disputed, stripe):
    assert reconciling.look_at_disputes() == 0
    calls = len(stripe.sandbox.calls)

    reconciling.look_at_disputes()

    assert len(stripe.sandbox.calls) == calls
    assert reload(disputed).news_at > timezone.now() - timedelta(minutes=1)


@pytest.mark.parametrize("status", sorted(disputes.CLOSED))
def test_disputes_that_are_over_are_not_asked_for(disputed, stripe, status):
    Dispute.objects.update(status=status)
    calls = len(stripe.sandbox.calls)

    reconciling.look_at_disputes()

    assert len(stripe.sandbox.calls) == calls


# Payments that only a person can help


def test_a_payment_that_stays_unknown_for_a_quarter_of_an_hour_is_stuck():
    unknown = unanswered(timedelta(minutes=16), reached=False)
    unanswered(timedelta(minutes=14), reached=False)

    assert reconciling.stuck() == {unknown: "it is not known whether Stripe opened it"}


@pytest.mark.parametrize(("days", "is_stuck"), [(13, False), (15, True)])
def test_a_bank_gets_two_weeks(known, days, is_stuck):
    Payment.objects.update(status=Payment.Status.PROCESSING, opened_at=timezone.now() - timedelta(days=days))

    assert reconciling.stuck() == ({known: "the bank has been at it for two weeks"} if is_stuck else {})


def test_payments_that_are_over_or_wait_for_their_shopper_are_not_stuck(known):
    Payment.objects.update(opened_at=timezone.now() - timedelta(days=20))
    assert reconciling.stuck() == {}

    Payment.objects.update(stripe_payment_id=None, status=Payment.Status.CANCELED, canceled_at=timezone.now())
    assert reconciling.stuck() == {}
