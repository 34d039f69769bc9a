"""Money for no order: matched when its payment turns up, else sent back after an hour, or left to a person."""

import uuid
from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from orders.factories import place_order
from payments import catching_up, gateway, orphans
from payments.models import Attention, OrphanCharge, Payment, StripeEvent
from payments.stripe_objects import RefundNews

from .passing import later

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

Status = OrphanCharge.Status


def in_dashboard(stripe, intent_id, amount=None):
    """Staff refund it at Stripe."""
    requests.post(
        f"{stripe.sandbox.url}/v1/refunds",
        data={"payment_intent": intent_id} | ({"amount": str(amount)} if amount else {}),
        auth=(stripe.sandbox.secret_key, ""),
        timeout=30,
    ).raise_for_status()


def only():
    return OrphanCharge.objects.get()


def open_cases():
    return list(Attention.objects.open().values_list("reason", "subject"))


def test_an_orphan_whose_payment_turns_up_is_matched(lost, stripe):
    order, missing = place_order(), uuid.uuid4()
    intent_id = lost(payment_id=str(missing), order_id=str(order.pk))
    orphans.sweep()
    Payment.objects.update(id=missing)

    assert orphans.look_again() == 1

    payment = Payment.objects.get(pk=missing)
    assert payment.stripe_payment_id == intent_id
    assert payment.is_paid
    assert payment.news_at is not None
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


def test_a_refund_that_is_on_its_way_is_not_sent_again_when_a_person_asks_for_it(lost, stripe):
    intent_id = lost("pm_card_pendingRefund")
    orphans.sweep()
    with later(minutes=61):
        orphans.look_again()

    news = orphans.send_back(gateway.retrieve_intent(intent_id))

    assert (news.id, news.status) == (only().stripe_refund_id, "pending")
    assert only().status == Status.REFUNDING
    assert len(stripe.sandbox.refunds()) == 1


def test_what_had_all_gone_back_before_a_person_asks_for_it_is_over(lost, stripe):
    intent_id = lost()
    orphans.sweep()
    orphans._call_attention(only(), "too many")
    for amount in (300, 994):
        in_dashboard(stripe, intent_id, amount)

    assert orphans.send_back(gateway.retrieve_intent(intent_id)) is None

    assert only().status == Status.REFUNDED
    assert open_cases() == []


def test_two_that_see_a_refund_arrive_at_once_count_it_once(lost):
    lost()
    orphans.sweep()
    first, second = only(), only()

    assert [orphans._refunded(first), orphans._refunded(second)] == [True, False]


def test_a_refund_that_fails_later_is_shown_to_people(lost, stripe):
    intent_id = lost("pm_card_refundFail")
    orphans.sweep()
    with later(minutes=61):
        orphans.look_again()
        assert open_cases() == []

        stripe.sandbox.advance(10)
        stripe.deliver()
        stripe.deliver(stripe.events("refund.created"))  # older news, once more
        (failed,) = stripe.sandbox.refunds()
        assert orphans.follow(RefundNews.parse(failed | {"status": "pending"}))

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
