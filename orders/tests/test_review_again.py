"""The review, visited again: a double click, the way back, a change of mind, another tab."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from orders import checkout
from orders.models import Order
from orders.placing import OtherOrderOpen

from .ledger import books_add_up

pytestmark = pytest.mark.django_db

URL = "/checkout/review/"
CART = "/cart/"


@pytest.fixture
def guest(visitor, stripe):
    shopper = visitor(BookFactory(title="Emma", stock=2))
    shopper.fills_in()
    return shopper


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def pay_page(order):
    return reverse("orders:pay", args=[order.number])


@pytest.mark.parametrize("copies", [2, 1], ids=["copies left", "last copy"])
def test_a_double_click_makes_one_order_and_shows_it(guest, stripe, copies):
    Book.objects.correct(Book.objects.get(), copies - 2, None, note="lost")

    responses = [guest.places("12.94"), guest.places("12.94")]

    assert [response.url for response in responses] == [pay_page(Order.objects.get())] * 2
    assert len(stripe.sandbox.intents()) == 1


def test_the_way_back_from_paying_finds_everything_as_it_was(guest):
    Book.objects.correct(Book.objects.get(), -1, None, note="lost")
    order = Order.objects.get(number=guest.places("12.94").url.split("/")[2])

    page = guest.sees_review()

    assert page.status_code == 200, "its own hold must not make the last copy look sold out"
    assert guest.places("12.94").url == pay_page(order)


def test_a_changed_order_takes_the_place_of_the_unpaid_one(guest, stripe):
    first = Order.objects.get(number=guest.places("12.94").url.split("/")[2])
    guest.fills_in(city="York")

    guest.places("12.94")

    first.refresh_from_db()
    second = Order.objects.exclude(pk=first.pk).get()
    assert (first.status, first.cancel_reason) == ("CANCELED", "replaced")
    assert (second.city, second.status) == ("York", "PENDING")
    assert [intent["status"] for intent in stripe.sandbox.intents()] == [
        "canceled",
        "requires_payment_method",
    ]
    assert books_add_up()


def test_an_order_whose_hold_has_run_out_is_replaced(guest):
    guest.places("12.94")
    Order.objects.update(hold_expires_at=timezone.now())

    guest.places("12.94")

    assert sorted(Order.objects.values_list("status", flat=True)) == ["CANCELED", "PENDING"]
    assert books_add_up()


def test_an_order_that_was_paid_in_another_tab_is_shown_instead_of_replaced(guest, stripe):
    guest.places("12.94")
    order = Order.objects.get()
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    guest.fills_in(city="York")

    response = guest.places("12.94")

    order.refresh_from_db()
    assert response.url == order.get_absolute_url()
    assert order.status == Order.Status.CONFIRMED


def test_agreeing_once_more_after_paying_leads_to_the_paid_order(guest, stripe):
    guest.places("12.94")
    order = Order.objects.get()
    stripe.sandbox.pay(order.payment.stripe_payment_id)
    stripe.deliver()

    assert guest.places("12.94").url == order.get_absolute_url()
    assert guest.sees_review().url == CART
    assert Order.objects.count() == 1


def test_more_copies_than_the_open_order_holds_and_the_shelf_has_fall_short(guest):
    guest.places("12.94")
    guest.cart.lines.update(quantity=2)
    assert guest.sees_review().status_code == 200

    guest.cart.lines.update(quantity=3)

    assert guest.sees_review().url == CART


def test_two_tabs_that_order_different_things_at_once_end_in_no_error(guest, monkeypatch):
    def too_late(cart, **agreed):
        raise OtherOrderOpen(Order())

    monkeypatch.setattr("orders.views.checkout.place_or_replace", too_late)

    response = guest.places("12.94")

    assert response.url == URL
    assert "another tab" in told(response)[0]
    assert checkout.place_or_replace is not too_late
