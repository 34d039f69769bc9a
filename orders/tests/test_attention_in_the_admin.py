"""Staff see at a glance which orders and payments need them. The queue itself: payments/tests/admin/."""

import pytest
from django.urls import reverse

from bookstore.accounts.factories import StaffFactory
from orders.factories import place_order
from payments import attention
from payments.models import Attention

pytestmark = pytest.mark.django_db

CASES = "admin:payments_attention_changelist"
ORDERS = "admin:orders_order_changelist"
PAYMENTS = "admin:payments_payment_changelist"
Reason = Attention.Reason


@pytest.fixture
def staff(client):
    client.force_login(StaffFactory())
    return client


@pytest.fixture
def troubled():
    """An order with an open case, and one without."""
    order = place_order()
    place_order()
    attention.call(Reason.MISMATCH, "pi_1", "9.99 came, not 12.94", payment=order.payment)
    return order


def shown(page):
    return list(page.context["cl"].result_list)


@pytest.mark.parametrize("page", [ORDERS, PAYMENTS])
def test_orders_and_payments_are_filtered_by_their_need(staff, troubled, page):
    def numbers(**query):
        rows = shown(staff.get(reverse(page), query))
        return [getattr(row, "number", None) or row.order.number for row in rows]

    assert numbers(attention="yes") == [troubled.number]
    assert troubled.number not in numbers(attention="no")
    assert len(numbers(attention="no")) == 1
    assert len(numbers()) == 2


@pytest.mark.parametrize("page", [ORDERS, PAYMENTS])
def test_a_case_without_a_payment_does_not_empty_the_filter(staff, troubled, page):
    """`NOT IN (..., NULL)` would be true for no row at all."""
    attention.call(Reason.ORPHAN_CHARGE, "pi_lost", "12.94 GBP")

    assert len(shown(staff.get(reverse(page), {"attention": "no"}))) == 1


@pytest.mark.parametrize("page", [ORDERS, PAYMENTS])
def test_settled_cases_are_nobodys_need(staff, troubled, page):
    attention.settle(Reason.MISMATCH, "pi_1", "Agreed with the shopper")

    assert shown(staff.get(reverse(page), {"attention": "yes"})) == []
    assert "Paid, but not as agreed" not in staff.get(reverse(page)).text


@pytest.mark.parametrize("page", [ORDERS, PAYMENTS])
def test_open_cases_are_named_in_the_list(staff, troubled, page):
    assert "Paid, but not as agreed" in staff.get(reverse(page)).text


def test_payments_lead_to_their_cases(staff, troubled):
    listed = staff.get(reverse(PAYMENTS)).text

    assert "Paid, but not as agreed: 9.99 came, not 12.94" in listed
    assert reverse("admin:payments_attention_change", args=[Attention.objects.get().pk]) in listed


@pytest.mark.parametrize("page", [ORDERS, PAYMENTS, CASES])
def test_lists_need_the_same_queries_for_one_case_and_for_many(staff, page, django_assert_max_num_queries):
    for number in range(8):
        attention.call(Reason.MISMATCH, f"pi_{number}", "odd", payment=place_order().payment)

    with django_assert_max_num_queries(12):
        assert staff.get(reverse(page)).status_code == 200


def test_what_a_detail_says_is_shown_as_text(staff):
    order = place_order()
    attention.call(Reason.MISMATCH, "pi_1", "<script>alert(1)</script>", payment=order.payment)

    for page in (ORDERS, PAYMENTS, CASES):
        assert "<script>alert" not in staff.get(reverse(page)).text
