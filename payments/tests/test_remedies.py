"""What staff can do about a case with one button."""

import pytest

from bookstore.accounts.factories import UserFactory
from payments import inbox, intents, orphans, remedies
from payments.models import Attention, OrphanCharge, Payment, StripeEvent

from .news import event, intent_object
from .passing import later
from .test_orphans_ending import in_dashboard

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return UserFactory()


def case_of(reason):
    return Attention.objects.open().get(reason=reason)


@pytest.fixture
def mismatch(opened, stripe):
    """Paid, but the order's payment asked for another amount."""
    Payment.objects.filter(pk=opened.pk).update(amount="1.00")
    stripe.sandbox.pay(opened.stripe_payment_id)
    stripe.deliver()
    return case_of("mismatch")


def test_money_that_does_not_match_goes_back_and_its_order_ends(stripe, opened, mismatch, manager):
    said = remedies.apply(mismatch, "send_back", by=manager)
    stripe.deliver()

    opened.refresh_from_db()
    assert "succeeded" in said
    assert opened.status == Payment.Status.CANCELED
    assert opened.order.status == "CANCELED"
    assert OrphanCharge.objects.get().status == OrphanCharge.Status.REFUNDED
    assert [charge["amount_refunded"] for charge in stripe.sandbox.charges()] == [1294]
    mismatch.refresh_from_db()
    assert (mismatch.settled_by, mismatch.settlement) == (manager, said)


def test_sending_back_twice_refunds_once(stripe, mismatch, manager):
    remedies.apply(mismatch, "send_back", by=manager)
    again = Attention.objects.get()

    with pytest.raises(remedies.NoRemedy):
        remedies.apply(again, "send_back", by=manager)

    assert len(stripe.sandbox.refunds()) == 1


def test_what_was_sent_back_is_not_found_again(stripe, opened, mismatch, manager):
    remedies.apply(mismatch, "send_back", by=manager)
    stripe.deliver(stripe.events())

    assert not Attention.objects.open().exists()


def test_what_was_refunded_in_the_dashboard_before_settles_the_case(stripe, opened, mismatch, manager):
    in_dashboard(stripe, opened.stripe_payment_id)

    said = remedies.apply(mismatch, "send_back", by=manager)

    assert said == "All of it had gone back before"
    opened.refresh_from_db()
    assert opened.status == Payment.Status.CANCELED
    assert len(stripe.sandbox.refunds()) == 1


def test_money_that_counts_as_payment_meanwhile_is_not_sent_back(stripe, paid, manager):
    """The order was confirmed by it: its refund belongs to the order."""
    case = Attention.objects.create(reason="mismatch", subject=paid.stripe_payment_id, payment=paid)

    with pytest.raises(remedies.NoRemedy, match="refund the order"):
        remedies.apply(case, "send_back", by=manager)

    assert stripe.sandbox.refunds() == []
    assert Attention.objects.open().exists()


def test_an_orphan_whose_refund_failed_is_sent_back_anew_within_the_day(lost, stripe, manager):
    """With the first refund's key Stripe would only repeat that it had succeeded."""
    lost("pm_card_refundFail")
    orphans.sweep()
    with later(minutes=61):
        orphans.look_again()
        stripe.sandbox.advance(10)
        stripe.deliver()
        first = OrphanCharge.objects.get().stripe_refund_id

        remedies.apply(case_of("orphan_charge"), "send_back", by=manager)

        assert OrphanCharge.objects.get().stripe_refund_id != first
        assert len(stripe.sandbox.refunds()) == 2


def test_when_the_second_refund_fails_too_people_are_called_again(lost, stripe, manager):
    lost("pm_card_refundFail")
    orphans.sweep()
    with later(minutes=61):
        orphans.look_again()
        stripe.sandbox.advance(10)
        stripe.deliver()
        remedies.apply(case_of("orphan_charge"), "send_back", by=manager)
        stripe.sandbox.advance(10)
        stripe.deliver()

    orphan = OrphanCharge.objects.get()
    assert orphan.status == OrphanCharge.Status.LEFT
    assert orphan.stripe_refund_id in case_of("orphan_charge").detail


def test_a_second_refund_that_is_on_its_way_is_followed_until_it_arrives(lost, stripe, manager):
    intent = lost("pm_card_pendingRefund")
    OrphanCharge.objects.create(
        pk=intent, amount="12.94", currency="gbp", status="LEFT", stripe_refund_id="re_failed"
    )
    case = Attention.objects.create(reason="orphan_charge", subject=intent, detail="Refund re_failed failed")

    remedies.apply(case, "send_back", by=manager)
    assert OrphanCharge.objects.get().status == OrphanCharge.Status.REFUNDING
    stripe.sandbox.advance(10)
    stripe.deliver()

    assert OrphanCharge.objects.get().status == OrphanCharge.Status.REFUNDED


def test_events_of_the_other_mode_have_no_button(db):
    case = Attention.objects.create(reason="event_set_aside", subject=inbox.OTHER_MODE)

    assert remedies.remedies_for(case) == []


def test_a_case_that_somebody_else_has_settled_meanwhile_is_left_alone(stripe, mismatch, manager):
    Attention.objects.get().settle("Agreed by telephone")

    with pytest.raises(remedies.NoRemedy):
        remedies.apply(mismatch, "send_back", by=manager)

    assert stripe.sandbox.refunds() == []


def test_an_order_whose_payment_stripe_does_not_know_can_be_ended(known, stripe, manager):
    with pytest.raises(Exception, match="resource_missing"):
        intents.refresh(known)

    remedies.apply(case_of("unknown_intent"), "give_up", by=manager)

    known.refresh_from_db()
    assert known.status == Payment.Status.CANCELED
    assert known.order.status == "CANCELED"


def test_an_order_whose_payment_stripe_knows_is_not_given_up(opened, manager):
    case = Attention.objects.create(reason="unknown_intent", subject=opened.stripe_payment_id, payment=opened)

    with pytest.raises(remedies.NoRemedy):
        remedies.apply(case, "give_up", by=manager)

    opened.refresh_from_db()
    assert opened.status == Payment.Status.PENDING


def test_stripe_is_asked_again_about_a_stuck_payment(opened, stripe, manager):
    case = Attention.objects.create(reason="stuck_payment", subject=str(opened.pk), payment=opened)
    stripe.sandbox.pay(opened.stripe_payment_id)

    assert "Paid" in remedies.apply(case, "ask_again", by=manager)


@pytest.fixture
def poison(known, monkeypatch):
    monkeypatch.setattr("orders.receivers.accept", lambda order: 1 / 0)
    inbox.receive(inbox.Envelope.parse(event("payment_intent.succeeded", intent_object(known))))
    row = StripeEvent.objects.get()
    StripeEvent.objects.update(quarantine="failed 10 times", attempts=10)
    return Attention.objects.create(reason="event_set_aside", subject=row.pk)


def test_an_event_that_was_set_aside_is_applied_once_its_cause_is_gone(known, poison, manager, monkeypatch):
    monkeypatch.undo()

    assert remedies.apply(poison, "apply", by=manager) == "The event was applied"

    known.refresh_from_db()
    assert known.status == Payment.Status.COMPLETED
    assert not Attention.objects.open().exists()


def test_an_event_whose_cause_is_not_gone_stays_open(known, poison, manager):
    with pytest.raises(remedies.NoRemedy, match="division by zero"):
        remedies.apply(poison, "apply", by=manager)

    row = StripeEvent.objects.get()
    assert (row.attempts, row.quarantine) == (1, "")
    assert row.retry_at
    assert Attention.objects.open().exists()


def test_a_replay_that_is_killed_half_way_is_finished_by_the_sweep(known, poison, monkeypatch):
    event = StripeEvent.objects.get()
    monkeypatch.setattr(inbox, "receive", killed)
    with pytest.raises(KeyboardInterrupt):
        inbox.replay(event)
    monkeypatch.undo()
    event.refresh_from_db()
    assert (event.quarantine, event.error, event.attempts) == ("", "", 0)

    assert inbox.retry_due() == 1

    known.refresh_from_db()
    assert known.status == Payment.Status.COMPLETED


def killed(envelope):
    raise KeyboardInterrupt


def test_replaying_what_was_applied_is_harmless(known, announced):
    success = event("payment_intent.succeeded", intent_object(known))
    inbox.receive(inbox.Envelope.parse(success))

    assert inbox.replay(StripeEvent.objects.get())
    assert announced == ["succeeded"]


def test_a_dispute_has_no_button(paid):
    case = Attention.objects.create(reason="dispute", subject="du_1", payment=paid)

    assert remedies.remedies_for(case) == []
