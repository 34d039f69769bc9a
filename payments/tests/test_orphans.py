"""Money for no order is found, by a sweep or by its event, and never kept in silence."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.factories import place_order
from payments import gateway, inbox, intents, orphans
from payments.models import Attention, Cursor, Installation, OrphanCharge, Payment, StripeEvent

from .news import event, intent, intent_object
from .passing import later

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

Status = OrphanCharge.Status
Name = Cursor.Name


def only():
    return OrphanCharge.objects.get()


def open_cases():
    return list(Attention.objects.open().values_list("reason", "subject"))


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


def test_what_came_in_another_currency_is_remembered_in_its_own_units(known):
    """1,294 yen have no hundredths."""
    orphans.note(intent(known, currency="jpy"))

    assert (only().amount, only().currency) == (1294, "jpy")


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
    assert opened.news_at is not None
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


def test_the_shops_name_is_made_once():
    assert Installation.ours() == Installation.ours()
    assert Installation.objects.count() == 1
    assert str(Installation.objects.get()) == Installation.ours()


def test_intents_that_the_shop_opens_carry_its_name(opened, stripe):
    assert orphans.is_ours(intents.refresh(opened) and gateway.retrieve_intent(opened.stripe_payment_id))
