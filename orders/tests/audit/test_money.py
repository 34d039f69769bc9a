"""Money that is wrong, and the audit that names the order. Each story spoils what the shop itself keeps right."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from orders.factories import DeliveryMethodFactory, filled_cart, place_order
from orders.models import Order, OrderLine
from payments.models import Attention, OrphanCharge, Payment, Refund
from payments.settlement import settle

from .conftest import lawless, spoil
from .shop import ended, news, paid

pytestmark = pytest.mark.django_db


def a_refund(order, amount="1.00", status=Refund.Status.SUCCEEDED, **more):
    details = {
        "payment": order.payment,
        "intent_id": order.payment.stripe_payment_id,
        "amount": Decimal(amount),
        "currency": "gbp",
        "status": status,
        "reason": Refund.Reason.DASHBOARD,
        "created_at": timezone.now() - timedelta(hours=1),
    }
    return Refund.objects.create(**details | more)


def a_case(order, reason=Attention.Reason.REFUND_FAILED, subject="re_1"):
    return Attention.objects.create(reason=reason, subject=subject, payment=order.payment)


# 1: a payment fits its order


def test_an_order_without_a_payment(broken):
    order = place_order()

    Payment.objects.all().delete()

    assert broken(1) == [f"order {order.number} is PENDING over 12.94 gbp and has no payment"]


def test_an_order_that_costs_nothing_needs_none(broken):
    cart = filled_cart()
    cart.lines.get().book.__class__.objects.update(price=0)
    place_order(cart=cart, delivery=DeliveryMethodFactory(price=0))

    assert broken() == {}


@pytest.mark.parametrize("changes", [{"amount": Decimal("12.93")}, {"currency": "eur"}])
def test_a_payment_of_another_amount_or_currency(broken, changes):
    order = place_order()

    Payment.objects.update(**changes)

    assert [order.number in offence for offence in broken(1)] == [True]


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (place_order, "CONFIRMED"),
        (paid, "PENDING"),
        (ended, "PENDING"),
        (place_order, "CANCELED"),
        (ended, "SHIPPED"),
    ],
)
def test_an_order_and_a_payment_that_contradict_each_other(broken, make, status):
    order = make()

    with lawless(Order):
        spoil(Order, status=status)

        (offence,) = broken(1)

    assert offence.startswith(f"order {order.number} is {status} over 12.94 gbp, its payment is ")


def test_an_order_with_two_payments(broken):
    order = paid()

    with lawless(Payment):
        Payment.objects.create(
            order=order, amount=order.total, currency="gbp", status="COMPLETED", stripe_payment_id="pi_2"
        )

        found = broken(1)

    assert found == [f"the order with id {order.pk} has 2 payments"]


# 2: totals


@pytest.mark.parametrize(
    "changes", [{"total": Decimal("1.00")}, {"tax": Decimal("-0.01"), "total": Decimal("12.93")}]
)
def test_a_total_that_is_no_sum(broken, changes):
    order = place_order()

    with lawless(Order):
        spoil(Order, **changes)

        assert order.number in broken(2)[0]


def test_lines_that_cost_something_else(broken):
    order = place_order()

    OrderLine.objects.update(quantity=2)

    assert broken(2) == [f"order {order.number}: the books cost 9.99, its lines 19.98"]


def test_an_order_without_lines(broken):
    order = place_order()

    OrderLine.objects.all().delete()

    assert [order.number in offence for offence in broken(2)] == [True]


def test_a_line_of_no_copies(broken):
    place_order()

    with lawless(OrderLine):
        spoil(OrderLine, quantity=0)

        assert any(": 0 copies of " in offence for offence in broken(2))


def test_a_coin_that_does_not_exist(broken):
    order = place_order()

    Order.objects.update(currency="jpy")

    assert broken(2) == [f"order {order.number}: 12.94 jpy cannot be paid, there are no such coins"]


# 3: intents


def test_one_intent_for_two_payments(broken):
    paid()
    paid()

    with lawless(Payment):
        spoil(Payment, stripe_payment_id="pi_1")

        assert broken(3) == ["2 payments have the intent pi_1"]


def test_one_refund_at_stripe_for_two_of_ours(broken):
    order = paid()
    with lawless(Refund):
        for _ in range(2):
            a_refund(order, stripe_refund_id="re_1")

        assert broken(3) == ["2 refunds are re_1 at Stripe"]


def test_a_payment_that_was_made_by_no_intent(broken):
    order = paid()

    with lawless(Payment):
        spoil(Payment, stripe_payment_id=None)

        assert broken(3) == [f"order {order.number} is paid by no intent"]


def test_a_refund_of_another_orders_money(broken):
    mine, other = paid(), paid()

    refund = a_refund(mine, intent_id=other.payment.stripe_payment_id)

    (offence,) = broken(3)
    assert str(refund.pk) in offence
    assert mine.number in offence


# 4: refunds


@pytest.mark.parametrize("status", [Refund.Status.REQUESTED, Refund.Status.PENDING, Refund.Status.SUCCEEDED])
def test_more_goes_back_than_came(broken, status):
    order = paid()
    a_refund(order, "12.00", status, stripe_refund_id="re_1")
    a_refund(order, "0.95", status, stripe_refund_id="re_2")

    (offence,) = broken(4)

    assert (
        offence
        == f"order {order.number}: of {order.payment.stripe_payment_id} came 12.94, and 12.95 goes back"
    )


def test_what_failed_does_not_count(broken):
    order = paid()
    a_refund(order, "12.94", Refund.Status.FAILED)
    a_refund(order, "12.94")

    assert broken(4) == []


def test_a_refund_of_the_dashboards_may_be_known_before_the_failure_of_the_one_before(broken):
    order = paid()
    a_refund(order, "12.94", stripe_refund_id="re_1")
    a_refund(order, "12.94", stripe_refund_id="re_2", created_at=timezone.now())

    assert broken(4) == []


@pytest.mark.parametrize("changes", [{"amount": 0}, {"currency": "eur"}])
def test_a_refund_of_nothing_or_in_another_currency(broken, changes):
    order = paid()
    with lawless(Refund):
        refund = a_refund(order, **changes)

        assert [str(refund.pk) in offence for offence in broken(4)] == [True]


@pytest.mark.parametrize("amount", [Decimal("-0.01"), Decimal("12.95")])
def test_more_or_less_than_nothing_is_said_to_have_gone_back(broken, amount):
    order = paid()

    with lawless(Payment):
        spoil(Payment, amount_refunded=amount)

        assert broken(4) == [f"order {order.number}: {amount} of 12.94 are said to have gone back"]


# 7: canceled orders


def paid_too_late():
    """The money came when the books were gone."""
    order = ended()
    order.lines.get().book.__class__.objects.update(stock=0)
    settle(news(order), as_of=timezone.now())
    return order


def test_money_of_a_canceled_order_that_stays(broken):
    order = paid_too_late()
    assert broken(7) == []

    Refund.objects.all().delete()

    assert broken(7) == [f"order {order.number} is canceled, but of 12.94 paid only 0.00 goes back"]


def test_only_a_part_of_it_goes_back(broken):
    order = paid_too_late()

    Refund.objects.update(amount=Decimal("12.93"))

    assert broken(7) == [f"order {order.number} is canceled, but of 12.94 paid only 12.93 goes back"]


def test_a_refund_that_failed_without_a_word(broken):
    order = paid_too_late()

    Refund.objects.update(status=Refund.Status.FAILED)

    assert [order.number in offence for offence in broken(7)] == [True, True]


def test_a_refund_that_failed_and_was_shown(broken):
    order = paid_too_late()
    Refund.objects.update(status=Refund.Status.FAILED)

    a_case(order)

    assert broken(7) == []


# 8: ledgers


def test_a_payment_that_does_not_know_of_its_refunds(broken):
    order = paid()

    a_refund(order, "5.00")

    assert broken(8) == [f"order {order.number}: 0.00 are said to have gone back, the refunds add up to 5.00"]


@pytest.mark.parametrize(
    ("status", "back"), [("REFUNDED", "0.00"), ("COMPLETED", "5.00"), ("PARTIALLY_REFUNDED", "12.94")]
)
def test_a_status_that_does_not_fit_what_went_back(broken, status, back):
    order = paid()
    if Decimal(back):
        a_refund(order, back)

    Payment.objects.update(status=status, amount_refunded=Decimal(back))

    assert broken(8) == [f"order {order.number}: the payment is {status}, though {back} of 12.94 went back"]


# 13: money without a payment


def an_orphan(status, **more):
    return OrphanCharge.objects.create(intent_id="pi_lost", amount=5, currency="gbp", status=status, **more)


def test_an_orphan_that_nobody_looks_for(broken):
    an_orphan("FOUND", found_at=timezone.now() - timedelta(hours=3))

    assert [offence.startswith("intent pi_lost over 5") for offence in broken(13)] == [True]


def test_an_orphan_that_is_left_to_a_person_who_does_not_know(broken):
    an_orphan("LEFT")
    assert len(broken(13)) == 1

    Attention.objects.create(reason=Attention.Reason.ORPHAN_CHARGE, subject="pi_lost")

    assert broken(13) == []


def test_an_orphan_that_is_said_to_be_matched(broken):
    an_orphan("MATCHED")

    assert broken(13) == ["intent pi_lost is said to have found its payment, but pays for nothing"]


@pytest.mark.parametrize("status", ["FOUND", "REFUNDING", "REFUNDED"])
def test_an_orphan_on_its_way(broken, status):
    an_orphan(status)

    assert broken(13) == []
