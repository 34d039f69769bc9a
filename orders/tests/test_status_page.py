"""The status page tells the truth, and is where Stripe sends shoppers back to."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from orders.models import Order
from payments.models import Payment, Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(visitor, stripe):
    return visitor(BookFactory(title="Emma", stock=1))


@pytest.fixture
def order(guest):
    return guest.orders()


def pay(stripe, order, card="pm_card_visa"):
    stripe.sandbox.pay(order.payment.stripe_payment_id, card)


def back_from_stripe(order, result="succeeded"):
    intent = order.payment.stripe_payment_id
    return f"?payment_intent={intent}&payment_intent_client_secret={intent}_secret_x&redirect_status={result}"


def page(guest, order):
    response = guest.get("status", order)
    assert response.status_code == 200
    return response.content.decode()


def test_a_confirmed_order_shows_number_books_total_and_address(guest, order, stripe):
    pay(stripe, order)
    stripe.deliver()

    shown = page(guest, order)

    for fact in (order.number, "1 × Emma", "£12.94", "Ada Reader", "LS1 4AP", "ada@example.com"):
        assert fact in shown
    assert "Thank you, your order is confirmed" in shown
    assert "http-equiv" not in shown


def test_coming_back_settles_the_payment_before_any_webhook(guest, order, stripe):
    pay(stripe, order)

    response = guest.get("status", order, back_from_stripe(order))

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert not order.cart.lines.exists()
    assert response.url == order.get_absolute_url()


def test_the_address_after_coming_back_carries_nothing_of_stripes(guest, order, stripe):
    pay(stripe, order)

    response = guest.get("status", order, back_from_stripe(order))

    assert response.status_code == 302
    assert "?" not in response.url
    assert response.content == b""
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"


def test_what_the_address_claims_is_not_believed(guest, order, stripe):
    guest.get("status", order, back_from_stripe(order, "succeeded"))

    order.refresh_from_db()
    assert order.is_pending
    assert order.cart.lines.exists()


def test_another_intent_in_the_address_settles_nothing_else(guest, order, stripe):
    pay(stripe, order)

    guest.get("status", order, "?payment_intent=pi_of_somebody_else")

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED


def test_coming_back_twice_is_harmless(guest, order, stripe):
    pay(stripe, order)

    for _ in range(2):
        guest.get("status", order, back_from_stripe(order))

    assert [event.kind for event in order.events.all()] == ["placed", "confirmed"]


def test_coming_back_from_a_failed_3d_secure_leads_to_another_try(guest, order, stripe):
    pay(stripe, order, "pm_card_authenticationRequired")
    stripe.sandbox.authenticate(order.payment.stripe_payment_id, approve=False)

    response = guest.get("status", order, back_from_stripe(order, "failed"))

    assert response.url == reverse("orders:pay", args=[order.number])
    assert "could not confirm that it was you" in guest.get("pay", order).content.decode()


def test_a_declined_payment_says_why_and_offers_another_try(guest, order, stripe):
    pay(stripe, order, "pm_card_chargeDeclinedExpiredCard")
    stripe.deliver()

    shown = page(guest, order)

    assert "The payment did not go through" in shown
    assert "This card has expired." in shown
    assert "You have not been charged" in shown
    assert reverse("orders:pay", args=[order.number]) in shown


def test_a_payment_in_the_banks_hands_invites_to_no_second_one(guest, order, stripe):
    stripe.sandbox.faults.delay_next()
    pay(stripe, order)
    stripe.deliver()

    shown = page(guest, order)

    assert "Your bank is working on it" in shown
    assert "You can also close it" in shown
    assert reverse("orders:pay", args=[order.number]) not in shown
    assert reverse("orders:cancel", args=[order.number]) not in shown


def test_a_page_that_waits_refreshes_itself_without_a_script(guest, order):
    assert '<noscript><meta http-equiv="refresh"' in page(guest, order)


def test_a_script_learns_that_there_is_news(guest, order, stripe):
    waiting = guest.get("status", order, "?poll").json()
    shown = page(guest, order)
    pay(stripe, order)
    stripe.deliver()

    news = guest.get("status", order, "?poll")

    assert f'data-state="{waiting["state"]}"' in shown
    assert (waiting, news.json()) == ({"state": "PENDING-PENDING"}, {"state": "CONFIRMED-COMPLETED"})
    assert "no-store" in news["Cache-Control"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("expired", "It was not paid in time"), ("by_shopper", "The books are back on the shelf")],
)
def test_an_order_that_ended_says_why_and_that_nothing_was_charged(guest, order, reason, words):
    order.cancel(reason)

    shown = page(guest, order)

    assert words in shown
    assert "You have not been charged" in shown


def test_money_that_came_too_late_is_said_to_go_back(guest, order, stripe, visitor):
    order.cancel(Order.CancelReason.EXPIRED)
    visitor(order.lines.get().book).orders()
    pay(stripe, order)
    stripe.deliver()

    shown = page(guest, order)

    assert Refund.objects.exists()
    assert "Your payment is on its way back" in shown
    assert "£12.94 goes back to your card" in shown
    assert "You have not been charged" not in shown


def test_canceling_ends_the_order_and_says_so(guest, order, stripe):
    response = guest.post("cancel", order)

    order.refresh_from_db()
    assert response.url == order.get_absolute_url()
    assert (order.status, order.cancel_reason) == ("CANCELED", "by_shopper")
    assert "This order was canceled" in page(guest, order)


def test_canceling_too_late_keeps_the_order_and_says_so(guest, order, stripe):
    pay(stripe, order)

    response = guest.post("cancel", order)

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert [str(m) for m in get_messages(response.wsgi_request)] == [
        "Your order was confirmed already, so it was not canceled."
    ]


def test_what_the_bank_works_on_cannot_be_canceled_and_the_page_says_so(guest, order, stripe):
    stripe.sandbox.faults.delay_next()
    pay(stripe, order)

    response = guest.post("cancel", order)

    order.refresh_from_db()
    assert order.is_pending
    assert "cannot be canceled now" in str(next(iter(get_messages(response.wsgi_request))))


@pytest.mark.parametrize(
    ("page_name", "methods"), [("status", ["post", "put", "delete"]), ("cancel", ["get", "put", "delete"])]
)
def test_other_methods_are_refused(guest, order, page_name, methods):
    url = reverse(f"orders:{page_name}", args=[order.number])

    assert {getattr(guest.client, method)(url).status_code for method in methods} == {405}


def test_a_button_on_another_site_cancels_nothing(guest, order):
    guest.client.handler.enforce_csrf_checks = True

    assert guest.post("cancel", order).status_code == 403
    order.refresh_from_db()
    assert order.is_pending


def test_few_statements_are_needed(guest, order, stripe, django_assert_max_num_queries):
    Payment.objects.update(status="COMPLETED", completed_at=timezone.now())
    order.confirm()

    with django_assert_max_num_queries(6):
        guest.get("status", order)
