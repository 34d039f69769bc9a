"""`manage.py audit --stripe`: our books and Stripe's, compared both ways."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders.audit import at_stripe
from orders.factories import place_order
from orders.tests import dashboard
from payments import gateway, intents, refunds
from payments.models import Attention, Installation, OrphanCharge, Payment, Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(stripe):
    """Paid, and all news of it has come."""
    placed = place_order(BookFactory(stock=3))
    stripe.sandbox.pay(intents.ensure(placed.payment).id)
    all_news(stripe)
    placed.refresh_from_db()
    placed.payment.refresh_from_db()
    return placed


def all_news(stripe):
    for _ in range(2):
        run_due_tasks()
        stripe.deliver()


def differences(grace=0, days=30):
    """By line: charges, paid orders, days. Nothing is too young to be compared unless the story says so."""
    found = at_stripe.compare(days=days, grace=timedelta(minutes=grace))
    return [list(finding.offences) for finding in found]


def today(text):
    return f"{timezone.now().astimezone(at_stripe.UTC).date()}: {text}"


def test_a_sound_shop_agrees_with_stripe(stripe, order):
    given_back = refunds.request(order.payment, 5, reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
    all_news(stripe)
    dashboard.refund(stripe, order, 300)
    all_news(stripe)
    intents.ensure(place_order().payment)
    given_back.refresh_from_db()

    found = at_stripe.compare(days=30, grace=timedelta(0))

    assert [finding.offences for finding in found] == [(), (), ()]
    assert [finding.looked_at for finding in found] == [1, 1, 1]
    assert given_back.status == "SUCCEEDED"


def test_a_charge_that_paid_for_nothing(stripe):
    order = place_order()
    stripe.sandbox.pay(intents.ensure(order.payment).id)

    charges, orders, days = differences()

    (charge,) = stripe.sandbox.charges()
    assert charges == [
        f"charge {charge['id']} over 12.94 gbp for order {order.number} pays for nothing ({charge['payment_intent']})"
    ]
    assert orders == []
    assert days == [today("12.94 gbp came at Stripe, 0.00 gbp by our books")]


def test_it_may_still_be_on_its_way(stripe):
    stripe.sandbox.pay(intents.ensure(place_order().payment).id)

    assert differences(grace=10) == [[], [], []]


def test_money_of_another_shop_on_the_same_account_is_not_ours(stripe):
    stripe.sandbox.pay(intents.ensure(place_order().payment).id)

    Installation.objects.update(key=uuid4())

    assert differences() == [[], [], []]


def test_a_case_that_a_person_knows_of(stripe):
    intent = stripe.sandbox.pay(intents.ensure(place_order().payment).id)

    Attention.objects.create(reason=Attention.Reason.MISMATCH, subject=intent["id"])

    assert differences() == [[], [], []]


def test_an_orphan_that_the_shop_knows_of(stripe):
    intent = stripe.sandbox.pay(intents.ensure(place_order().payment).id)

    OrphanCharge.objects.create(intent_id=intent["id"], amount="12.94", currency="gbp")

    assert differences() == [[], [], []]


def test_an_orphan_whose_money_went_back(stripe):
    intent = stripe.sandbox.pay(intents.ensure(place_order().payment).id)

    gateway.refund_orphan(intent["id"])

    assert differences() == [[], [], []]


def test_a_paid_order_without_a_charge(stripe, order):
    Payment.objects.update(stripe_payment_id="pi_never")

    charges, orders, days = differences()

    assert len(charges) == len(days) == 1
    assert orders == [f"order {order.number} is paid by pi_never, which Stripe does not have"]


def test_an_order_that_is_paid_here_alone(stripe):
    order = place_order()
    intent = intents.ensure(order.payment)

    Payment.objects.update(status="COMPLETED", completed_at=timezone.now())

    assert differences() == [
        [],
        [
            f"order {order.number} is paid, but intent {intent.id} is requires_payment_method with 0.00 gbp at Stripe"
        ],
        [],
    ]


def test_a_payment_that_the_list_has_not_yet_is_asked_for(stripe, order, monkeypatch):
    monkeypatch.setattr(gateway, "list_charges", lambda since: iter(()))

    assert differences() == [[], [], []]


def test_another_amount_than_stripe_took(stripe, order):
    Payment.objects.update(amount="12.95")

    assert differences() == [
        [f"order {order.number}: paid with 12.95 gbp, at Stripe with 12.94 gbp"],
        [],
        [today("12.94 gbp came at Stripe, 12.95 gbp by our books")],
    ]


def test_a_refund_that_the_shop_never_heard_of(stripe, order):
    dashboard.refund(stripe, order, 300)

    assert differences() == [
        [],
        [
            f"order {order.number}: 0.00 gbp went back, at Stripe 3.00 gbp (intent {order.payment.stripe_payment_id})"
        ],
        [today("3.00 gbp went back at Stripe, 0.00 gbp by our books")],
    ]
    assert differences(grace=10) == [[], [], []]


def test_a_refund_that_stripe_never_made(stripe, order):
    Payment.objects.update(amount_refunded="3.00", status="PARTIALLY_REFUNDED")

    charges, orders, days = differences()

    assert orders == [
        f"order {order.number}: 3.00 gbp went back, at Stripe 0.00 gbp (intent {order.payment.stripe_payment_id})"
    ]
    assert charges == days == []


def test_a_refund_that_failed_took_nothing(stripe, order):
    dashboard.refund(stripe, order, 300)
    all_news(stripe)
    stripe.sandbox.fail_refund(stripe.sandbox.refunds()[0]["id"])
    all_news(stripe)

    assert differences() == [[], [], []]


def test_the_command_tells_of_both(stripe, order):
    Payment.objects.update(amount="12.95")
    out = StringIO()

    with pytest.raises(CommandError) as error:
        call_command("audit", "--stripe", "--grace", "0", stdout=out)

    assert f"    order {order.number}: paid with 12.95 gbp, at Stripe with 12.94 gbp" in out.getvalue()
    assert error.value.returncode == 1


def test_a_sound_shop_ends_well(stripe, order):
    out = StringIO()

    call_command("audit", "--stripe", "--days", "1", "--grace", "0", stdout=out)

    assert "All 18 invariants hold" in out.getvalue()


def test_a_stripe_that_does_not_answer_breaks_no_invariant(settings, no_pauses):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    out = StringIO()

    with pytest.raises(CommandError, match="Stripe could not be asked") as error:
        call_command("audit", "--stripe", stdout=out)

    assert error.value.returncode == 2
    assert "BROKEN" not in out.getvalue()
