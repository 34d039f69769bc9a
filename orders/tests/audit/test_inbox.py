"""Events, payments and mails that lie about, and the audit that names them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from orders.factories import place_order
from orders.models import OrderEvent, OrderMail, Shipment
from payments.inbox import OTHER_MODE
from payments.models import Attention, MirroredPaymentIntent, Payment, Refund, StripeEvent

from .conftest import lawless, spoil
from .shop import ended, paid

pytestmark = pytest.mark.django_db

Reason = Attention.Reason


def ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def an_event(minutes=11, **more):
    details = {"type": "refund.updated", "livemode": False, "created_at": ago(minutes), "payload": {}}
    return StripeEvent.objects.create(id="evt_1", received_at=ago(minutes), **details | more)


# 10: events


def test_an_event_that_nobody_applies(broken):
    event = an_event()

    assert broken() == {10: [f"event evt_1 (refund.updated) came at {event.received_at} and is not applied"]}


def test_a_young_event_may_wait(broken):
    an_event(minutes=9)

    assert broken() == {}


def test_an_event_that_failed_waits_for_its_next_try(broken):
    an_event(minutes=300, retry_at=timezone.now() + timedelta(minutes=50))

    assert broken() == {}


def test_its_next_try_does_not_come(broken):
    an_event(minutes=300, retry_at=ago(11))

    assert list(broken()) == [10]


def test_an_event_that_is_set_aside_in_silence(broken):
    an_event(quarantine="no payment")
    assert broken() == {
        10: ["event evt_1 (refund.updated) is set aside (no payment), and no case was opened"]
    }

    Attention.objects.create(reason=Reason.EVENT_SET_ASIDE, subject="evt_1")

    assert broken() == {}


def test_events_of_the_other_mode_share_a_case(broken):
    an_event(quarantine="live event in a test shop", livemode=True)
    assert list(broken()) == [10]

    Attention.objects.create(reason=Reason.EVENT_SET_ASIDE, subject=OTHER_MODE)

    assert broken() == {}


# 11: payments of which it is not known whether Stripe has them


def test_a_payment_that_is_unknown_for_too_long(broken):
    order = place_order()
    Payment.objects.update(opened_at=ago(14))
    assert broken() == {}

    Payment.objects.update(opened_at=ago(16))

    (offence,) = broken()[11]
    assert offence.startswith(f"order {order.number}: since ")


def test_a_person_knows_of_it(broken):
    order = place_order()
    Payment.objects.update(opened_at=ago(60))

    Attention.objects.create(reason=Reason.STUCK_PAYMENT, subject="x", payment=order.payment)

    assert broken() == {}


# 12: mails


def test_an_order_without_a_confirmation(broken):
    order = paid()

    OrderMail.objects.all().delete()

    assert broken() == {12: [f"order {order.number} is CONFIRMED, and owes no confirmation"]}


def test_a_confirmation_of_an_order_that_was_never_accepted(broken):
    order = ended()

    OrderMail.objects.create(order=order, kind="confirmation")

    assert broken() == {12: [f"order {order.number} is CANCELED, but its confirmation is owed"]}


def test_a_mail_that_is_owed_twice(broken):
    order = paid()

    with lawless(OrderMail):
        OrderMail.objects.create(pk=999_999, order=order, kind="confirmation")

        assert broken(12) == [f"the order with id {order.pk} owes the mail confirmation  2 times"]


@pytest.mark.parametrize(
    ("reason", "status", "is_owed"),
    [
        ("late_payment", "REQUESTED", True),
        ("dashboard", "SUCCEEDED", False),
    ],
)
def test_money_that_goes_back_in_silence(broken, reason, status, is_owed):
    order = paid()

    Refund.objects.create(
        payment=order.payment, intent_id="pi_2", amount=1, currency="gbp", reason=reason, status=status
    )

    expected = [f"order {order.number}: money goes back ({reason}), and the shopper is not told"]
    assert broken(12) == (expected if is_owed else [])


def test_a_cancellation_of_which_no_mail_tells(broken):
    order = paid()
    for number in (1, 2):
        Refund.objects.create(
            payment=order.payment,
            intent_id="pi_2",
            amount=number,
            currency="gbp",
            reason="canceled_by_shop",
            request_key=uuid4(),
        )
    OrderMail.objects.create(order=order, kind="canceled_by_shop", about="one")

    assert broken(12) == [f"order {order.number}: 2 refunds of cancellations, 1 mails tell of them"]


def test_an_order_that_went_on_without_a_word(broken):
    order = paid()
    assert broken(12) == []

    order.note(OrderEvent.Kind.REVIVED)
    assert broken(12) == [f"order {order.number}: confirmed 2 times, 1 confirmations are owed"]

    OrderMail.objects.create(order=order, kind="confirmation", about="7")
    assert broken(12) == []


@pytest.mark.parametrize(
    ("reason", "kind"), [("requested_by_customer", "refunded"), ("double_payment", "refunded_double")]
)
def test_a_refund_of_which_no_mail_tells(broken, reason, kind):
    order = paid()
    details = {
        "payment": order.payment,
        "currency": "gbp",
        "reason": reason,
    }
    for number, status in enumerate(["SUCCEEDED", "SUCCEEDED", "PENDING"]):
        Refund.objects.create(amount=1, status=status, intent_id=f"pi_{number}", **details)
    OrderMail.objects.create(order=order, kind=kind, about="one")

    assert broken(12) == [f"order {order.number}: 2 refunds went through, 1 mails tell of it"]


def test_a_parcel_of_which_no_mail_tells(broken):
    order = paid()
    parcel = Shipment.objects.create(order=order)
    assert broken(12) == [f"order {order.number}: parcel {parcel.pk} went out, and no mail is owed"]

    OrderMail.objects.create(order=order, kind="shipped", about=str(parcel.pk))

    assert broken(12) == []


@pytest.mark.parametrize(
    ("changes", "is_forgotten"),
    [
        ({"created_at": 16}, True),
        ({"created_at": 14}, False),
        ({"created_at": 600, "retry_at": 16}, True),
        ({"created_at": 600, "retry_at": -30}, False),
        ({"created_at": 600, "claimed_at": 16}, True),
        ({"created_at": 600, "claimed_at": 1}, False),
        ({"created_at": 600, "sent_at": 600}, False),
    ],
)
def test_a_mail_that_nobody_sends(broken, changes, is_forgotten):
    order = paid()

    OrderMail.objects.update(**{name: ago(minutes) for name, minutes in changes.items()})

    found = broken()
    assert list(found) == ([12] if is_forgotten else [])
    assert not is_forgotten or found[12][0].startswith(f"order {order.number}: the mail confirmation waits")


# 14: live or test


def test_an_event_of_the_other_mode_that_was_applied(broken):
    an_event(livemode=True, processed_at=timezone.now())

    assert broken() == {14: ["event evt_1 (refund.updated) is of the other mode, but was applied"]}


def test_an_intent_of_the_other_mode_in_the_mirror(broken):
    MirroredPaymentIntent.objects.create(id="pi_1", livemode=True, stripe_data={})

    assert broken() == {14: ["the mirrored intent pi_1 is of the other mode"]}


def test_a_shop_that_changed_its_keys(broken, settings):
    an_event(processed_at=timezone.now())
    assert broken() == {}

    settings.STRIPE_LIVE_MODE = True

    assert list(broken()) == [14]


def test_spoiling_is_undone(broken):
    paid()

    with lawless(Payment):
        spoil(Payment, stripe_payment_id=None)
        assert broken() != {}

    assert broken() == {}
