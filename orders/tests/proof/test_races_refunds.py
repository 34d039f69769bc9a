"""Two people of staff who give the same money back at once, with others doing so in Stripe's dashboard."""

from collections import Counter
from decimal import Decimal
from random import Random
from uuid import uuid4

import pytest
import requests

from bookstore.accounts.factories import UserFactory
from bookstore.testing.threads import Rendezvous
from bookstore.testing.worker import run_due_tasks
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order
from orders.tests import dashboard
from payments import intents, refunds
from payments.models import Payment, Refund
from payments.money import to_minor
from payments.refunds import MoreThanLeft

from .racing import Crowd, failures, until_lost
from .racing_ledger import faults, money_at
from .racing_unguarded import a_key_for_each_call, payments_unlocked

pytestmark = [
    pytest.mark.proof,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

STAFF = 4
SENDERS = 4
PRESSES = 8
PARTS = (Decimal("12.94"), Decimal("7.00"), Decimal("6.47"), Decimal("2.50"))
"""Of 12.94: all of it, more than half, half, a little."""


@pytest.fixture
def crowd():
    with Crowd(8) as threads:
        yield threads


def paid(stripe):
    order = place_order(delivery=DeliveryMethodFactory())
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    stripe.deliver(stripe.events("payment_intent.succeeded")[-1:])
    order.payment.refresh_from_db()
    return order


def asking(payment, amount, person, **more):
    reason = Refund.Reason.REQUESTED_BY_CUSTOMER
    return lambda: refunds.request(payment, amount, reason=reason, requested_by=person, **more)


def ask_at_once(crowd, dice, stripe, orders, staff):
    """Each of the staff wants to give something of every order back, all at the same moment."""
    acts = [asking(order.payment, dice.choice(PARTS), person) for order in orders for person in staff]
    outcomes = crowd.at_once(acts)
    assert not failures(outcomes, MoreThanLeft)
    return len(acts)


def over_refunded(orders):
    """Payments of which our rows give more back than came."""
    payments = Payment.objects.filter(order__in=orders).prefetch_related("refunds")
    return [p for p in payments if sum(refund.amount for refund in p.refunds.standing()) > p.amount]


def ask_for_a_few(crowd, dice, stripe, staff):
    orders = [paid(stripe) for _ in range(4)]
    ask_at_once(crowd, dice, stripe, orders, staff)
    return len(over_refunded(orders))


def test_staff_never_give_more_back_than_came(stripe, crowd, scale, seed, figure, monkeypatch):
    dice, asked = Random(seed), 0
    staff = [UserFactory(is_staff=True) for _ in range(STAFF)]
    for _ in range(rounds := scale(short=2, long=60)):
        orders = [paid(stripe) for _ in range(4)]
        asked += ask_at_once(crowd, dice, stripe, orders, staff)

    assert over_refunded(Order.objects.all()) == []
    run_due_tasks()
    stripe.deliver(stripe.events("refund."))
    assert refunds_at_stripe(stripe) == Refund.objects.filter(status=Refund.Status.SUCCEEDED).count()
    assert faults(stripe.sandbox) == []
    with monkeypatch.context() as patch:
        payments_unlocked(patch)
        lost, after = until_lost(lambda: ask_for_a_few(crowd, dice, stripe, staff))
    figure(
        f"{STAFF} people refund the same payment at once",
        tried=f"{asked} requests for {rounds * 4} payments, in full and in part",
        control=f"{lost} of {4 * after} payments refunded beyond what came",
    )


def refunds_at_stripe(stripe):
    """How many; each is of one row of ours."""
    rows = Counter(refund["metadata"]["refund_id"] for refund in stripe.sandbox.refunds())
    assert set(rows.values()) <= {1}
    return len(rows)


def press_refund(crowd, stripe, *, keyed):
    """One form, pressed eight times at once; how many refunds came of it."""
    payment, key = paid(stripe).payment, uuid4() if keyed else None
    outcomes = crowd.at_once([asking(payment, Decimal("1.50"), None, key=key)] * PRESSES)
    assert not failures(outcomes)
    return payment.refunds.count()


def test_a_form_that_is_pressed_many_times_refunds_once(stripe, crowd, scale, figure):
    rounds = scale(short=3, long=100)

    made = [press_refund(crowd, stripe, keyed=True) for _ in range(rounds)]
    without_key = press_refund(crowd, stripe, keyed=False)

    assert set(made) == {1}
    assert without_key == PRESSES
    figure(
        f"{PRESSES} times the same refund form at once",
        tried=f"{rounds} forms",
        control=f"{without_key} refunds without the form's key",
    )


def from_the_dashboard(stripe, order, amount):
    """Stripe says no when that is more than what is left."""

    def act():
        try:
            dashboard.refund(stripe, order, to_minor(amount, order.currency))
        except requests.HTTPError as refusal:
            if refusal.response.status_code != 400:
                raise

    return act


def test_staff_and_stripes_dashboard_together_neither(stripe, crowd, scale, seed, figure):
    """Stripe is the arbiter: what it refuses fails here too, and is for a person to look at."""
    dice, rounds = Random(seed), scale(short=3, long=60)
    person = UserFactory(is_staff=True)
    for _ in range(rounds):
        orders = [paid(stripe) for _ in range(2)]
        acts = []
        for order in orders:
            acts += [asking(order.payment, dice.choice(PARTS), person), run_due_tasks]
            acts += [from_the_dashboard(stripe, order, dice.choice(PARTS)), telling_of_refunds(stripe)]
        assert not failures(crowd.at_once(acts), MoreThanLeft)
    run_due_tasks()
    stripe.deliver(stripe.events("refund."))

    money = money_at(stripe.sandbox)
    assert over_refunded(Order.objects.all()) == []
    assert all(0 <= taken.kept <= taken.came for taken in money.values())
    assert faults(stripe.sandbox) == []
    refused = Refund.objects.filter(status=Refund.Status.FAILED)
    assert not refused.filter(stripe_refund_id__isnull=False).exists()
    figure(
        "Refunded by staff and in Stripe's dashboard at once",
        tried=f"{rounds * 2} payments, {refused.count()} of ours refused by Stripe",
    )


def telling_of_refunds(stripe):
    """All that Stripe has told so far, once more: nothing of it counts twice."""
    return lambda: stripe.deliver(stripe.events("refund.")[-10:])


def send_at_once(crowd, stripe, refund):
    """Worker, sweep and a second worker have read the same row."""
    rows = [Refund.objects.get(pk=refund.pk) for _ in range(SENDERS)]
    return crowd.at_once([lambda row=row: refunds.submit(row) for row in rows])


def test_a_refund_sent_by_several_at_once_is_made_once(stripe, crowd, scale, figure, monkeypatch):
    half = Decimal("3.00")
    for _ in range(rounds := scale(short=4, long=100)):
        refund = asking(paid(stripe).payment, half, None)()
        send_at_once(crowd, stripe, refund)
    run_due_tasks()

    assert refunds_at_stripe(stripe) == rounds
    assert faults(stripe.sandbox) == []
    with monkeypatch.context() as patch:
        a_key_for_each_call(patch, "create_refund", meet=Rendezvous().wait)
        send_at_once(crowd, stripe, asking(paid(stripe).payment, half, None)())
    made = len(stripe.sandbox.refunds()) - rounds
    assert made > 1
    figure(
        f"A refund sent to Stripe by {SENDERS} at once",
        tried=f"{rounds} refunds",
        control=f"{made} refunds made of one",
    )
