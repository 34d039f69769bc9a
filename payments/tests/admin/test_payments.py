"""The list of payments and the page of one: amounts as people write them, and what the payment is about."""

import pytest

from orders.factories import place_order
from payments import attention
from payments.models import Attention, Refund

from .conftest import shown

PAYMENTS = "admin:payments_payment_changelist"
PAYMENT = "admin:payments_payment_change"


@pytest.fixture
def partly(paid):
    """A payment of which some went back."""
    Refund.objects.create(payment=paid, amount="2.50", currency="gbp", status="SUCCEEDED")
    paid.amount_refunded, paid.status = "2.50", "PARTIALLY_REFUNDED"
    paid.save()
    return paid


def test_amounts_are_written_with_their_currency(owner, partly):
    listed, one = owner.opens(PAYMENTS).text, owner.opens(PAYMENT, partly.pk).text

    assert f"Payment of order {partly.order.number}" in one
    for page in (listed, one):
        assert "£12.94" in page
        assert "£2.50" in page
        assert "gbp" not in page


def test_the_newest_order_comes_first_however_many_there_are(owner, django_assert_max_num_queries):
    orders = [place_order() for _ in range(3)]
    attention.call(Attention.Reason.MISMATCH, "pi_1", "9.99 came", payment=orders[1].payment)

    with django_assert_max_num_queries(10):
        page = owner.opens(PAYMENTS)

    assert [payment.order for payment in shown(page)] == orders[::-1]


@pytest.mark.parametrize("words", ["number", "email", "intent"])
def test_a_payment_is_found_by_what_is_at_hand(owner, partly, words):
    place_order()
    at_hand = {
        "number": partly.order.number,
        "email": partly.order.email,
        "intent": partly.stripe_payment_id,
    }

    assert partly in shown(owner.opens(PAYMENTS, q=at_hand[words]))
    assert shown(owner.opens(PAYMENTS, q="nothing of the kind")) == []
