"""Step 2 of the checkout: everything once more, then the order is placed and its payment opened."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from orders.models import DeliveryMethod, Order
from payments.models import Installation

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


def test_the_review_shows_everything_that_will_be_ordered(guest):
    page = guest.sees_review().content.decode()

    for shown in ("Emma", "£9.99", "£2.95", "£12.94", "Ada Reader", "Leeds", "United Kingdom"):
        assert shown in page
    assert "ada@example.com" in page
    assert 'name="agreed_total" value="12.94"' in page
    assert "Continue to payment – £12.94" in page


def test_agreeing_places_the_order_opens_its_payment_and_leads_there(guest, stripe):
    response = guest.places("12.94")

    order = Order.objects.get()
    (intent,) = stripe.sandbox.intents()
    assert response.url == pay_page(order)
    assert (intent["amount"], intent["currency"]) == (1294, "gbp")
    assert intent["metadata"]["order_number"] == order.number
    assert order.payment.stripe_payment_id == intent["id"]
    assert guest.cart.lines.exists()


def test_a_users_order_belongs_to_the_user(visitor, stripe):
    user = UserFactory()

    order = visitor(BookFactory(), user=user).orders()

    assert order.user == user


def test_a_changed_price_is_told_with_both_totals_and_asks_again(guest, stripe):
    Book.objects.update(price=Decimal("11.99"))

    response = guest.places("12.94")

    assert (response.status_code, response.url) == (302, URL)
    (message,) = told(response)
    assert message.startswith("The total is now £14.94; it was £12.94 when you saw this page.")
    page = guest.sees_review().content.decode()
    assert "The total is now £14.94; it was £12.94" in page
    assert 'value="14.94"' in page
    assert not Order.objects.exists()
    assert stripe.sandbox.calls == []


@pytest.mark.parametrize("total", ["", "free", "-1", "12.945", "NaN", "Infinity", "1" * 20])
def test_a_total_that_is_none_places_nothing(guest, total):
    response = guest.places(total)

    page = response.content.decode()
    assert response.status_code == 422
    assert "Please look at the total once more" in page
    assert 'value="12.94"' in page
    assert not Order.objects.exists()


def test_a_book_that_somebody_else_was_quicker_to_buy_is_named(guest):
    Book.objects.correct(Book.objects.get(), -2, None, note="sold at the till")

    response = guest.places("12.94")

    assert response.url == CART
    assert told(response) == ["“Emma” was just bought by someone else: 0 left."]


def test_a_cart_that_falls_short_is_looked_at_first(guest):
    guest.cart.lines.update(quantity=3)

    response = guest.sees_review()

    assert response.url == CART
    assert "cannot be had as you asked" in told(response)[0]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_delivery_that_was_switched_off_is_told_and_chosen_anew(guest, method):
    DeliveryMethod.objects.update(active=False)

    response = getattr(guest.client, method)(URL, {"agreed_total": "12.94"})

    assert response.url == reverse("orders:checkout")
    assert told(response) == ["This way of delivery is no longer offered. Choose another one."]
    assert not Order.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_details_the_review_leads_back_to_them(visitor, method):
    response = getattr(visitor(BookFactory()).client, method)(URL)

    assert response.url == reverse("orders:checkout")
    assert told(response) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_books_there_is_nothing_to_review(client, visitor, method):
    assert getattr(client, method)(URL).url == CART
    assert getattr(visitor().client, method)(URL).url == CART


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client, method):
    assert getattr(client, method)(URL).status_code == 405


def test_a_form_from_another_site_places_nothing(guest):
    guest.client.handler.enforce_csrf_checks = True

    assert guest.places("12.94").status_code == 403
    assert not Order.objects.exists()


def test_the_page_is_nobody_elses_to_keep(guest):
    assert "no-store" in guest.sees_review()["Cache-Control"]


def test_stripe_is_not_let_into_the_page(guest, settings):
    assert settings.SANDBOX_URL not in guest.sees_review()["Content-Security-Policy"]


def test_statements_do_not_grow_with_the_cart(visitor, stripe, django_assert_max_num_queries):
    full = visitor(*BookFactory.create_batch(12))
    full.fills_in()
    total = Decimal("9.99") * 12 + Decimal("2.95")

    with django_assert_max_num_queries(6):
        assert full.sees_review().status_code == 200
    Installation.ours()  # named when the database was made; a test may have emptied it
    with django_assert_max_num_queries(29):  # four of them are savepoints that only a test has
        assert full.places(total).status_code == 302
    assert Order.objects.exists()
