"""Staff read all about one order; nothing about money can be typed."""

from uuid import uuid4

import pytest
from django.contrib import admin
from django.urls import reverse

from bookstore.accounts.factories import StaffFactory, UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders import shipping
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order
from payments import attention, intents
from payments.models import Payment, StripeEvent

from .conftest import pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(StaffFactory())
    return client


@pytest.fixture
def paid_order(stripe):
    order = place_order()
    stripe.sandbox.pay(intents.ensure(order.payment).id, "pm_card_chargeDeclinedExpiredCard")
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    stripe.deliver()
    order.refresh_from_db()
    return order


def one_order(order):
    return reverse("admin:orders_order_change", args=[order.pk])


def test_one_order_shows_lines_payment_and_history(staff, paid_order):
    page = staff.get(one_order(paid_order))

    for fact in (
        paid_order.number,
        paid_order.lines.get().title,
        paid_order.payment.stripe_payment_id,
        "This card has expired.",
        "Paid and confirmed",
        "£12.94",
    ):
        assert fact in page.text


def test_money_and_status_cannot_be_typed(staff, paid_order):
    page = staff.get(one_order(paid_order))
    answer = staff.post(one_order(paid_order), {"status": "DELIVERED", "total": "0.01"})

    assert 'name="status"' not in page.text
    assert 'name="total' not in page.text
    assert answer.status_code == 403
    paid_order.refresh_from_db()
    assert paid_order.status == Order.Status.CONFIRMED


@pytest.mark.parametrize("model", [Order, Payment, StripeEvent])
@pytest.mark.parametrize("page", ["add", "delete"])
def test_nothing_about_money_is_added_or_deleted_by_hand(staff, paid_order, model, page):
    row = [] if page == "add" else [model.objects.first().pk]

    answer = staff.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=row))

    assert answer.status_code == 403


def test_the_facts_say_what_is_shipped_refunded_and_left(staff, paid_order):
    line = paid_order.lines.get()
    shipping.ship(paid_order, key=uuid4())

    page = staff.get(one_order(paid_order))

    (book,) = page.context["books"]
    assert (book["line"], book["shipped"], book["refunded"], book["to_ship"]) == (line, 1, 0, 0)
    assert line.isbn13 in page.text


def test_one_order_leads_to_stripe_and_to_all_its_events(staff, paid_order):
    page = staff.get(one_order(paid_order))

    intent = paid_order.payment.stripe_payment_id
    assert f"#{intent}" in page.text
    events = staff.get(reverse("admin:payments_stripeevent_changelist"), {"about": intent})
    assert events.context["cl"].result_count == StripeEvent.objects.filter(about=intent).count() > 1


@pytest.mark.parametrize(("live", "where"), [(True, ""), (False, "test/")])
def test_stripes_dashboard_is_the_live_or_the_test_one(staff, paid_order, settings, live, where):
    settings.STRIPE_SANDBOX, settings.STRIPE_LIVE_MODE = False, live

    page = staff.get(one_order(paid_order))

    assert f"https://dashboard.stripe.com/{where}payments/{paid_order.payment.stripe_payment_id}" in page.text


def test_links_that_somebody_may_not_follow_are_not_shown(desk, owner, paid):
    packer = desk("orders.view_order", "orders.ship_order")
    attention.call(attention.Reason.MISMATCH, "pi_1", "Too much", payment=paid.payment)

    for somebody, sees_links in ((packer, False), (owner, True)):
        page = somebody.opens(paid)
        assert "Paid, but not as agreed" in page.text
        assert (paid.payment.stripe_payment_id in page.text.partition("Timeline")[0]) is sees_links
        assert ("/payments/" in page.text.partition('id="content"')[2]) is sees_links


def test_the_story_is_shown_with_who_and_when(owner, paid):
    owner.does(paid, "note", text="Rang about it")

    page = owner.opens(paid)

    entries = [told["entry"] for told in page.context["timeline"]]
    assert entries == sorted(entries, key=lambda entry: entry.at)
    assert (entries[-1].words, entries[-1].actor) == ("Rang about it", "Olive Owner")
    assert "Olive Owner" in page.text


def test_a_long_order_takes_as_many_queries_as_a_short_one(
    owner, stripe, paid, django_assert_max_num_queries
):
    for n in range(5):
        owner.does(paid, "note", text=str(n))
    books = [BookFactory() for _ in range(8)]
    for order in (paid, pay(stripe, place_order(*books))):
        with django_assert_max_num_queries(36):
            owner.opens(order)


def test_shoppers_do_not_get_in(client, paid_order):
    client.force_login(UserFactory())

    assert client.get(one_order(paid_order)).status_code == 302


@pytest.mark.parametrize("model", [Payment, StripeEvent])
def test_what_stripe_told_can_be_read_without_secrets(staff, paid_order, model):
    for row in model.objects.all():
        page = staff.get(reverse(f"admin:payments_{model._meta.model_name}_change", args=[row.pk]))

        assert page.status_code == 200
        assert "_secret_" not in page.text


def test_a_free_order_has_nothing_to_pay(staff):
    order = place_order(BookFactory(price=0), delivery=DeliveryMethodFactory(price=0))

    assert "Nothing to pay" in staff.get(one_order(order)).text


def test_pages_that_print_keys_are_gone():
    pages = {model._meta.label for model in admin.site._registry}

    assert not {page for page in pages if page.startswith("djstripe.")}
    assert "payments.MirroredPaymentIntent" in pages


def test_the_mirror_is_readable(staff, paid_order):
    run_due_tasks()
    listed = staff.get(reverse("admin:payments_mirroredpaymentintent_changelist"))
    payment = staff.get(reverse("admin:payments_payment_change", args=[paid_order.payment.pk]))

    assert "£12.94" in listed.text
    assert "succeeded" in payment.text
