"""A user's orders, newest first."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from orders.factories import DeliveryMethodFactory, filled_cart, place_order
from orders.models import Order
from orders.views.orders import PER_PAGE

pytestmark = pytest.mark.django_db

URL = "/account/orders/"


@pytest.fixture
def user(client):
    reader = UserFactory()
    client.force_login(reader)
    return reader


def ordered(user, *books, count=1):
    """Orders of the same user: each is canceled before the next, as one cart has one unpaid order."""
    cart = user.cart if hasattr(user, "cart") else filled_cart(*books, user=user)
    delivery = DeliveryMethodFactory()
    orders = []
    for _ in range(count):
        order = place_order(cart=cart, user=user, delivery=delivery)
        order.cancel()
        orders.append(order)
    return orders


def test_a_user_sees_the_own_orders_with_their_state_in_words(client, user):
    (order,) = ordered(user, BookFactory(title="Emma"), BookFactory(title="Persuasion"))
    other = place_order(user=UserFactory())

    page = client.get(URL).content.decode()

    assert order.number in page
    assert "Emma, Persuasion" in page
    assert "£22.93" in page
    assert ">Canceled</span>" in page
    assert other.number not in page


def test_the_newest_order_comes_first(client, user):
    older, newer = ordered(user, count=2)
    Order.objects.filter(pk=older.pk).update(placed_at=timezone.now() - timedelta(days=1))

    page = client.get(URL).content.decode()

    assert page.index(newer.number) < page.index(older.number)


def test_without_orders_the_page_leads_to_the_books(client, user):
    page = client.get(URL).content.decode()

    assert "You have not ordered anything yet" in page
    assert reverse("catalog:books") in page


def test_many_orders_come_on_pages(client, user):
    ordered(user, count=PER_PAGE + 1)

    first, second = client.get(URL).content.decode(), client.get(URL + "?page=2").content.decode()

    assert first.count('class="badge') == PER_PAGE
    assert second.count('class="badge') == 1
    assert "Page 1 of 2" in first
    assert 'rel="prev"' in second


@pytest.mark.parametrize("number", ["0", "-1", "99", "x", ""])
def test_a_page_that_does_not_exist_shows_one_that_does(client, user, number):
    ordered(user)

    assert client.get(URL, {"page": number}).status_code == 200


def test_a_visitor_is_asked_to_sign_in(client):
    assert client.get(URL).url == f"{reverse('accounts:sign_in')}?next={URL}"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_are_refused(client, user, method):
    assert getattr(client, method)(URL).status_code == 405


def test_the_page_is_nobody_elses_to_keep(client, user):
    assert "no-store" in client.get(URL)["Cache-Control"]


def test_statements_do_not_grow_with_the_orders(client, user, django_assert_max_num_queries):
    ordered(user, *BookFactory.create_batch(3), count=8)

    with django_assert_max_num_queries(6):
        client.get(URL)
