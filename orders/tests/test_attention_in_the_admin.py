"""Staff see at a glance what needs them, oldest first, and say when it is done."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from bookstore.accounts.factories import StaffFactory, UserFactory
from orders.factories import place_order
from payments import attention
from payments.models import Attention, OrphanCharge

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


def test_the_queue_names_the_case_its_age_and_what_to_do(staff, troubled):
    Attention.objects.update(opened_at=timezone.now() - timedelta(hours=3))

    page = staff.get(reverse(CASES))

    for fact in (
        "Paid, but not as agreed: pi_1",
        "9.99 came, not 12.94",
        "3\xa0hours",
        "Compare the payment",
    ):
        assert fact in page.text


def test_the_oldest_open_case_comes_first_and_what_is_settled_last(staff):
    for subject, hours in (("young", 1), ("old", 9), ("done", 20)):
        attention.call(Reason.ORPHAN_CHARGE, subject, "12.94 GBP")
        Attention.objects.filter(subject=subject).update(opened_at=timezone.now() - timedelta(hours=hours))
    attention.settle(Reason.ORPHAN_CHARGE, "done", "Refunded in full")

    page = staff.get(reverse(CASES))

    assert [case.subject for case in shown(page)] == ["old", "young", "done"]


def test_one_case_leads_to_its_order(staff, troubled):
    case = Attention.objects.get()

    page = staff.get(reverse("admin:payments_attention_change", args=[case.pk]))

    assert reverse("admin:orders_order_change", args=[troubled.pk]) in page.text
    assert troubled.number in page.text


def test_a_case_without_a_payment_can_be_read_too(staff):
    attention.call(Reason.ORPHAN_CHARGE, "pi_lost", "12.94 GBP for order ?")
    case = Attention.objects.get()

    page = staff.get(reverse("admin:payments_attention_change", args=[case.pk]))

    assert page.status_code == 200
    assert "pi_lost" in page.text


def test_staff_mark_cases_as_settled_and_are_named(staff, troubled):
    case = Attention.objects.get()

    page = staff.post(reverse(CASES), {"action": "mark_settled", "_selected_action": [case.pk]}, follow=True)

    case.refresh_from_db()
    assert "1 marked as settled." in page.text
    assert case.settled_at is not None
    assert case.settled_by == page.context["user"]
    assert case.settlement == "Settled by staff"


def test_marking_again_changes_nothing(staff, troubled):
    case = Attention.objects.get()
    chosen = {"action": "mark_settled", "_selected_action": [case.pk]}
    staff.post(reverse(CASES), chosen)
    settled_at = Attention.objects.get().settled_at

    page = staff.post(reverse(CASES), chosen, follow=True)

    assert "0 marked as settled." in page.text
    assert Attention.objects.get().settled_at == settled_at


def test_who_may_only_look_cannot_settle(client, troubled):
    looker = UserFactory(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_attention"))
    client.force_login(looker)

    page = client.get(reverse(CASES))
    client.post(reverse(CASES), {"action": "mark_settled", "_selected_action": [Attention.objects.get().pk]})

    assert page.status_code == 200
    assert "mark_settled" not in page.text
    assert Attention.objects.get().settled_at is None


@pytest.mark.parametrize("page", ["add", "delete"])
def test_cases_are_neither_added_nor_deleted_by_hand(staff, troubled, page):
    row = [] if page == "add" else [Attention.objects.get().pk]

    assert staff.get(reverse(f"admin:payments_attention_{page}", args=row)).status_code == 403


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
    assert "9.99 came" not in staff.get(reverse(page)).text


@pytest.mark.parametrize("page", [ORDERS, PAYMENTS])
def test_open_cases_are_named_in_the_list_and_lead_to_the_queue(staff, troubled, page):
    listed = staff.get(reverse(page)).text

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


def test_orphan_charges_can_be_read(staff):
    orphan = OrphanCharge.objects.create(pk="pi_lost", order_number="LOST-1", amount=5, currency="gbp")

    listed = staff.get(reverse("admin:payments_orphancharge_changelist"))
    page = staff.get(reverse("admin:payments_orphancharge_change", args=[orphan.pk]))

    assert "LOST-1" in listed.text
    assert "Looked for again" in page.text
