"""A cart from which an order was placed leads back to that order, as long as it can be paid."""

import pytest
from django.urls import reverse

from bookstore.catalog.factories import BookFactory
from orders.models import Order

pytestmark = pytest.mark.django_db

CART = "/cart/"


@pytest.fixture
def guest(visitor, stripe):
    """Has ordered the last copy of Emma and not paid yet."""
    guest = visitor(BookFactory(title="Emma", stock=1))
    guest.orders()
    return guest


def test_the_cart_leads_back_to_the_unpaid_order(guest):
    page = guest.client.get(CART).text

    assert reverse("orders:pay", args=[Order.objects.get().number]) in page


def test_the_last_copy_is_not_called_sold_out_to_the_one_who_holds_it(guest):
    page = guest.client.get(CART).text

    assert "sold out" not in page
    assert reverse("orders:checkout") in page


def test_somebody_else_is_told_that_it_is_sold_out(guest, visitor):
    other = visitor(BookFactory(stock=1))
    other.cart.lines.update(book=Order.objects.get().lines.get().book)

    page = other.client.get(CART).text

    assert "has sold out" in page
    assert Order.objects.get().number not in page


def test_a_canceled_order_is_not_mentioned(guest):
    order = Order.objects.get()
    guest.client.post(reverse("orders:cancel", args=[order.number]))

    assert order.number not in guest.client.get(CART).text
