"""Money for no order: found at Stripe, matched, or sent back; never kept in silence."""

import uuid
from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from orders.factories import place_order
from payments import catching_up, gateway, inbox, intents, orphans
from payments.models import Attention, Cursor, Installation, OrphanCharge, Payment, StripeEvent

from .news import event, intent_object
from .passing import later

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

Status = OrphanCharge.Status
Name = Cursor.Name


@pytest.fixture(autouse=True)
def same_clock(stripe):
    """Other tests may have moved the sandbox's clock."""
    stripe.sandbox.engine.clock.skipped = 0.0


@pytest.fixture
def lost(stripe):
    """`lost()`: an intent of this shop that is paid, while its payment is gone; answers its id."""

    def charge(method="pm_card_visa", *, paid=True, **metadata):
        named = {"payment_id": str(uuid.uuid4()), "order_number": "LOST-1", "shop": Installation.ours()}
        intent = gateway._client().v1.payment_intents.create(
            params={
                "amount": 1294,
                "currency": "gbp",
                "automatic_payment_methods": {"enabled": True},
                "metadata": named | metadata,
            }
        )
        if paid:
            stripe.sandbox.pay(intent.id, method)
        return intent.id

    return charge


def in_dashboard(stripe, intent_id, amount=None):
    """Staff refund it at Stripe."""
    requests.post(
        f"{stripe.sandbox.url}/v1/refunds",
        data={"payment_intent": intent_id} | ({"amount": str(amount)} if amount else {}),
        auth=(stripe.sandbox.secret_key, ""),
        timeout=5,
    ).raise_for_status()


def only():
    return OrphanCharge.objects.get()


def open_cases():
    return list(Attention.objects.open().values_list("reason", "subject"))


# Found


def test_money_without_a_payment_is_found_and_remembered(lost, caplog):
    intent_id = lost()

    assert orphans.sweep() == 1

    orphan = only()
    assert (orphan.pk, orphan.order_number, orphan.amount, orphan.currency, orphan.status) == (
        intent_id,
        "LOST-1",
        place_order().payment.amount,
        "gbp",
        Status.FOUND,
    )
    assert intent_id in caplog.text


def test_both_sweeps_find_it_once(lost):
    lost()
    Cursor.move(Name.CHARGES, seen_until=timezone.now())

    orphans.sweep()
    with later(hours=25):
        assert orphans.sweep() == 0

    assert OrphanCharge.objects.count() == 1


@pytest.mark.parametrize("shop", ["3f0f5b6e-7a06-4a55-8d8c-2f1f3f4a9d11", "somebody"])
def test_another_shops_money_is_left_alone(lost, stripe, shop):
    lost(shop=shop)

    assert orphans.sweep() == 0
    stripe.deliver()

    assert not OrphanCharge.objects.exists()
    assert open_cases() == []
    assert stripe.sandbox.refunds() == []


def test_an_intent_that_is_not_paid_is_nobodys_money(lost):
    lost(paid=False)

    assert orphans.sweep() == 0
    assert not OrphanCharge.objects.exists()


def test_a_payment_that_was_paid_unheard_is_settled_by_the_sweep(opened, stripe):
    stripe.sandbox.pay(opened.stripe_payment_id)

    assert orphans.sweep() == 1

    opened.refresh_from_db()
    assert opened.is_paid
    assert not OrphanCharge.objects.exists()


def test_payments_that_are_known_cost_nothing_more(paid, stripe, announced):
    assert orphans.sweep() == 0
    assert announced == []


def test_a_payment_that_does_not_match_is_shown_to_people_and_is_no_orphan(opened, stripe):
    Payment.objects.update(amount=5)
    stripe.sandbox.pay(opened.stripe_payment_id)

    assert orphans.sweep() == 0

    assert open_cases() == [("mismatch", opened.stripe_payment_id)]
    assert not OrphanCharge.objects.exists()


def test_a_second_payment_that_is_being_sent_back_is_no_orphan(paid, lost):
    twice = lost(payment_id=str(paid.pk), order_id=str(paid.order_id))

    assert orphans.sweep() == 1  # which asks for the refund
    Cursor.objects.all().delete()
    assert orphans.sweep() == 0

    assert paid.refunds.get().intent_id == twice
    assert not OrphanCharge.objects.exists()


def test_one_intent_that_cannot_be_looked_at_does_not_hide_the_others(lost, monkeypatch, caplog):
    odd, fine = lost(), lost()
    settle = orphans.settle

    def refuse_the_odd(intent, **more):
        if intent.id == odd:
            raise RuntimeError("out of order")
        return settle(intent, **more)

    monkeypatch.setattr(orphans, "settle", refuse_the_odd)

    assert orphans.sweep() == 1
    assert only().pk == fine
    assert "out of order" in caplog.text
    assert Cursor.find(Name.CHARGES)


def test_more_than_a_page_of_charges_is_read(lost, stripe):
    intent_id = lost()
    with stripe.sandbox.engine.transaction() as engine:
        found = engine.store.get("payment_intent", intent_id)
        for number in range(120):
            engine.store.put(found | {"id": f"pi_of_others_{number}", "metadata": {"shop": "another"}})

    assert orphans.sweep() == 1


# When


def test_the_last_days_are_looked_at_hourly_and_the_last_month_daily(stripe):
    orphans.sweep()
    calls = len(stripe.sandbox.calls)
    with later(minutes=59):
        orphans.sweep()
    assert len(stripe.sandbox.calls) == calls

    with later(minutes=61):
        orphans.sweep()
    assert len(stripe.sandbox.calls) == calls + 1

    with later(hours=25):
        orphans.sweep()
    assert len(stripe.sandbox.calls) == calls + 3


@pytest.mark.parametrize(("name", "days"), [(Name.CHARGES, 2), (Name.ALL_CHARGES, 30)])
def test_each_sweep_reads_so_far_back(stripe, monkeypatch, name, days):
    asked = []
    monkeypatch.setattr(gateway, "list_intents", lambda since: asked.append(since) or iter(()))
    for other in Name:
        if other != name:
            Cursor.move(other, seen_until=timezone.now())

    orphans.sweep()

    (since,) = asked
    assert abs(timezone.now() - timedelta(days=days) - since) < timedelta(seconds=20)


def test_a_sweep_that_stripe_breaks_off_is_due_again(lost, stripe):
    lost()
    stripe.sandbox.faults.api("error_429")

    with pytest.raises(gateway.StripeUnavailable):
        orphans.sweep()

    assert Cursor.find(Name.CHARGES) is None
    stripe.sandbox.faults.clear()
    assert orphans.sweep() == 1


# Told by an event


def test_an_event_of_money_without_a_payment_is_remembered_at_once(lost, stripe):
    intent_id = lost()

    stripe.deliver(stripe.events("payment_intent.succeeded"))

    assert only().pk == intent_id
    assert StripeEvent.objects.get().processed_at
    assert open_cases() == []  # for an hour


def test_an_event_and_a_sweep_remember_it_once(lost, stripe):
    lost()
    stripe.deliver()

    assert orphans.sweep() == 0
    assert OrphanCharge.objects.count() == 1


def test_an_unpaid_intent_of_ours_without_a_payment_needs_nobody(lost, stripe, caplog):
    intent_id = lost("pm_card_visa_chargeDeclined")

    stripe.deliver(stripe.events("payment_intent"))

    assert not StripeEvent.objects.filter(processed_at=None).exists()
    assert not OrphanCharge.objects.exists()
    assert open_cases() == []
    assert f"{intent_id} is requires_payment_method, and no payment of ours" in caplog.text


@pytest.mark.parametrize("named", ["payment_id", "order_id"])
def test_an_intent_from_before_shops_were_named_is_set_aside(known, named):
    obj = intent_object(known, id="pi_old", metadata={named: str(uuid.uuid4())})

    inbox.receive(inbox.Envelope.parse(event("payment_intent.succeeded", obj)))

    assert StripeEvent.objects.get().quarantine
    assert not OrphanCharge.objects.exists()


@pytest.mark.parametrize("metadata", [{}, {"shop": "another", "payment_id": "1"}])
def test_an_intent_that_is_not_ours_is_no_news(known, metadata):
    obj = intent_object(known, id="pi_of_others", metadata=metadata)

    inbox.receive(inbox.Envelope.parse(event("payment_intent.succeeded", obj)))

    kept = StripeEvent.objects.get()
    assert (bool(kept.processed_at), kept.quarantine) == (True, "")
    assert not OrphanCharge.objects.exists()


# Matched, or sent back


def test_an_orphan_whose_payment_turns_up_is_matched(lost, stripe):
    order, missing = place_order(), uuid.uuid4()
    intent_id = lost(payment_id=str(missing), order_id=str(order.pk))
    orphans.sweep()
    Payment.objects.update(id=missing)

    assert orphans.look_again() == 1

    payment = Payment.objects.get(pk=missing)
    assert payment.stripe_payment_id == intent_id
    assert payment.is_paid
    assert only().status == Status.MATCHED
    assert orphans.look_again() == 0


def test_a_match_closes_the_case_that_was_opened_before(lost, stripe):
    order, missing = place_order(), uuid.uuid4()
    lost(payment_id=str(missing), order_id=str(order.pk))
    orphans.sweep()
    stripe.sandbox.faults.api("error_429", "/v1/refunds")
    with later(minutes=61):
        orphans.look_again()
    assert [reason for reason, _ in open_cases()] == ["orphan_charge"]

    stripe.sandbox.faults.clear()
    Payment.objects.update(id=missing)
    orphans.look_again()

    assert open_cases() == []


def test_within_an_hour_nothing_is_sent_back(lost, stripe):
    lost()
    orphans.sweep()

    with later(minutes=59):
        assert orphans.look_again() == 0

    assert stripe.sandbox.refunds() == []
    assert only().status == Status.FOUND


def test_after_an_hour_the_money_goes_back_and_the_case_is_closed(lost, stripe, caplog):
    intent_id = lost()
    orphans.sweep()

    with later(minutes=61):
        assert orphans.look_again() == 1

    (refund,) = stripe.sandbox.refunds()
    assert (refund["payment_intent"], refund["amount"]) == (intent_id, 1294)
    orphan = only()
    assert (orphan.status, orphan.stripe_refund_id) == (Status.REFUNDED, refund["id"])
    assert orphan.refunded_at
    case = Attention.objects.get()
    assert (case.subject, case.settlement) == (intent_id, "Refunded in full")
    assert f"{intent_id} needs attention: Money without an order" in caplog.text


def test_the_events_of_that_refund_change_nothing_more(lost, stripe):
    lost()
    orphans.sweep()
    with later(minutes=61):
        orphans.look_again()

    stripe.deliver()

    assert only().status == Status.REFUNDED
    assert not StripeEvent.objects.exclude(quarantine="").exists()
    assert open_cases() == []


def test_it_is_sent_once_although_the_answer_was_lost(lost, stripe):
    lost()
    orphans.sweep()
    stripe.sandbox.faults.api("error_500", "/v1/refunds", when="after", count=1)

    with later(minutes=61):
        orphans.look_again()
        orphans.look_again()
        stripe.deliver()

    assert len(stripe.sandbox.refunds()) == 1
    assert only().status == Status.REFUNDED


def test_a_refund_that_is_on_its_way_is_followed_to_its_end(lost, stripe):
    lost("pm_card_pendingRefund")
    orphans.sweep()

    with later(minutes=61):
        orphans.look_again()
        assert only().status == Status.REFUNDING
        assert [reason for reason, _ in open_cases()] == ["orphan_charge"]

        stripe.sandbox.advance(10)
        stripe.deliver()

    assert only().status == Status.REFUNDED
    assert open_cases() == []


def test_a_refund_that_fails_later_is_shown_to_people(lost, stripe):
    intent_id = lost("pm_card_refundFail")
    orphans.sweep()
    with later(minutes=61):
        orphans.look_again()
        assert open_cases() == []

        stripe.sandbox.advance(10)
        stripe.deliver()
        stripe.deliver(stripe.events("refund.created"))  # older news, once more

    assert only().status == Status.LEFT
    assert open_cases() == [("orphan_charge", intent_id)]
    assert "failed" in Attention.objects.open().get().detail


def test_of_many_orphans_only_three_a_day_are_sent_back_by_themselves(lost, stripe, caplog):
    """So many mean that the database is an older one: a person decides."""
    for _ in range(4):
        lost()
    orphans.sweep()

    with later(minutes=61):
        assert orphans.look_again() == 4

    assert len(stripe.sandbox.refunds()) == 3
    left = OrphanCharge.objects.get(status=Status.LEFT)
    assert open_cases() == [("orphan_charge", left.pk)]
    assert "left to a person" in caplog.text
    with later(days=2):
        assert orphans.look_again() == 0


def test_a_day_later_orphans_are_sent_back_again(lost, stripe):
    for _ in range(3):
        lost()
    orphans.sweep()
    with later(minutes=61):
        orphans.look_again()

    with later(hours=26):
        lost()
        orphans.sweep()
    with later(hours=28):
        orphans.look_again()

    assert len(stripe.sandbox.refunds()) == 4


def test_what_staff_refund_in_the_dashboard_first_is_not_sent_again(lost, stripe):
    intent_id = lost()
    orphans.sweep()
    in_dashboard(stripe, intent_id)
    stripe.deliver()

    with later(minutes=61):
        assert orphans.look_again() == 0

    assert only().status == Status.REFUNDED
    assert len(stripe.sandbox.refunds()) == 1


def test_of_what_staff_refunded_in_part_the_rest_goes_back(lost, stripe):
    intent_id = lost()
    orphans.sweep()
    in_dashboard(stripe, intent_id, 300)
    stripe.deliver()
    assert only().status == Status.FOUND

    with later(minutes=61):
        orphans.look_again()

    assert sorted(refund["amount"] for refund in stripe.sandbox.refunds()) == [300, 994]
    assert only().status == Status.REFUNDED
    assert open_cases() == []


def test_what_staff_refunded_in_parts_until_nothing_was_left_is_refunded(lost, stripe):
    intent_id = lost()
    orphans.sweep()
    for amount in (300, 994):
        in_dashboard(stripe, intent_id, amount)

    with later(minutes=61):
        orphans.look_again()

    assert only().status == Status.REFUNDED
    assert open_cases() == []


def test_an_orphan_that_was_left_to_a_person_is_closed_by_their_refund(lost, stripe):
    intent_id = lost()
    orphans.sweep()
    OrphanCharge.objects.update(status=Status.LEFT)
    orphans._call_attention(only(), "too many")

    in_dashboard(stripe, intent_id)
    stripe.deliver()

    assert only().status == Status.REFUNDED
    assert open_cases() == []


def test_a_refusal_leaves_it_to_a_person(lost, stripe):
    """A disputed charge cannot be refunded."""
    intent_id = lost("pm_card_createDispute")
    stripe.sandbox.advance(10)
    orphans.sweep()

    with later(minutes=61):
        assert orphans.look_again() == 1

    assert only().status == Status.LEFT
    assert open_cases() == [("orphan_charge", intent_id)]
    assert "charge_disputed" in Attention.objects.get().detail


def test_an_orphan_that_stripe_does_not_know_is_left_to_a_person(stripe):
    """The secret key of another account, perhaps."""
    OrphanCharge.objects.create(pk="pi_elsewhere", amount=5, currency="gbp")

    assert orphans.look_again() == 1

    assert only().status == Status.LEFT
    assert "resource_missing" in Attention.objects.open().get().detail
    assert orphans.look_again() == 0


def test_while_stripe_is_silent_nothing_changes_and_nobody_is_kept_waiting(lost, stripe, caplog):
    lost()
    lost()
    orphans.sweep()
    stripe.sandbox.faults.api("error_429")
    calls = len(stripe.sandbox.calls)

    assert orphans.look_again() == 0

    assert len(stripe.sandbox.calls) == calls + 1 + gateway.RETRIES
    assert OrphanCharge.objects.filter(status=Status.FOUND).count() == 2
    assert "it will be retried" in caplog.text


def test_an_error_about_one_orphan_does_not_stop_the_others(lost, stripe):
    ailing, _ = lost(), lost()
    orphans.sweep()
    OrphanCharge.objects.filter(pk=ailing).update(found_at=timezone.now() - timedelta(minutes=1))
    stripe.sandbox.faults.api("error_500", f"/v1/payment_intents/{ailing}")

    with later(minutes=61):
        assert orphans.look_again() == 1

    assert OrphanCharge.objects.get(status=Status.FOUND).pk == ailing


def test_the_refund_of_another_shop_is_no_news(lost, stripe):
    intent_id = lost(shop="another")
    in_dashboard(stripe, intent_id)

    stripe.deliver()

    assert not StripeEvent.objects.exclude(quarantine="").exists()
    assert not OrphanCharge.objects.exists()


def test_with_all_webhooks_lost_orphans_are_found_and_followed_by_sweeps_alone(lost, stripe, payment):
    lost("pm_card_refundFail")
    with later(minutes=5):
        catching_up.catch_up()
    assert only().status == Status.FOUND
    with later(minutes=70):
        orphans.look_again()
        stripe.sandbox.advance(10)
    with later(minutes=75):
        catching_up.catch_up()

    assert only().status == Status.LEFT


def test_the_shops_name_is_made_once():
    assert Installation.ours() == Installation.ours()
    assert Installation.objects.count() == 1
    assert str(Installation.objects.get()) == Installation.ours()


def test_intents_that_the_shop_opens_carry_its_name(opened, stripe):
    assert orphans.is_ours(intents.refresh(opened) and gateway.retrieve_intent(opened.stripe_payment_id))
