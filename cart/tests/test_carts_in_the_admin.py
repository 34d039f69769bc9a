"""Staff look into carts; nobody edits them."""

import pytest
from django.urls import reverse

from bookstore.accounts.factories import StaffFactory, UserFactory
from cart.factories import CartLineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(client):
    client.force_login(StaffFactory())
    return CartLineFactory(cart__user=UserFactory(email="ada@example.com"), book__title="Emma", quantity=3)


def test_a_cart_is_found_by_its_owner(client, line):
    page = client.get(reverse("admin:cart_cart_changelist"), {"q": "ada@"}).content.decode()

    assert "ada@example.com" in page
    assert '<td class="field-copies_held">3</td>' in page


def test_a_cart_shows_its_books(client, line):
    assert "Emma" in client.get(reverse("admin:cart_cart_change", args=[line.cart.pk])).content.decode()


@pytest.mark.parametrize("page", ["add", "delete"])
def test_carts_are_not_added_or_deleted_by_hand(client, line, page):
    row = [] if page == "add" else [line.cart.pk]

    assert client.get(reverse(f"admin:cart_cart_{page}", args=row)).status_code == 403


def test_a_cart_cannot_be_edited(client, line):
    response = client.post(reverse("admin:cart_cart_change", args=[line.cart.pk]), {"user": ""})

    assert response.status_code == 403
