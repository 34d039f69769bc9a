"""Who may see an order: its user, the browser that placed it, and whoever holds the link from its mail."""

from datetime import timedelta

import pytest
import time_machine
from django.core.signing import TimestampSigner
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from orders import access, mails
from orders.factories import place_order

pytestmark = pytest.mark.django_db

PAGES = [("status", "get"), ("pay", "get"), ("pay", "post"), ("cancel", "post")]


def ask(client, page, method, order):
    return getattr(client, method)(reverse(f"orders:{page}", args=[order.number]))


def link(order):
    return mails.link_to(order).removeprefix("http://testserver")


@pytest.mark.parametrize(("page", "method"), PAGES)
def test_a_guests_order_does_not_exist_for_another_browser(page, method):
    order = place_order()

    assert ask(Client(), page, method, order).status_code == 404
    order.refresh_from_db()
    assert order.is_pending


@pytest.mark.parametrize(("page", "method"), PAGES)
def test_a_users_order_does_not_exist_for_another_user(client, page, method):
    order = place_order(user=UserFactory())
    client.force_login(UserFactory())

    assert ask(client, page, method, order).status_code == 404
    order.refresh_from_db()
    assert order.is_pending


@pytest.mark.parametrize(("page", "method"), PAGES)
def test_nobody_is_told_whether_a_number_exists(client, page, method):
    assert getattr(client, method)(reverse(f"orders:{page}", args=["22222-22222-2222"])).status_code == 404


def test_a_user_sees_an_order_from_any_device(client):
    order = place_order(user=UserFactory())
    client.force_login(order.user)

    assert client.get(order.get_absolute_url()).status_code == 200


def test_a_guest_sees_the_order_placed_in_this_browser(visitor):
    guest = visitor(BookFactory())
    order = guest.orders()

    assert guest.get("status", order).status_code == 200


def test_after_signing_out_the_order_is_hidden_on_a_shared_computer(visitor):
    guest = visitor(BookFactory(), user=UserFactory())
    order = guest.orders()

    guest.client.logout()

    assert guest.get("status", order).status_code == 404


def test_the_mailed_link_opens_the_order_in_any_browser(client):
    order = place_order()

    response = client.get(link(order))

    assert response.url == order.get_absolute_url()
    assert client.get(response.url).status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        lambda order: order.number,
        lambda order: f"{order.number}:{'x' * 43}",
        lambda order: TimestampSigner(salt="another.purpose").sign(order.number),
        lambda order: TimestampSigner(salt=mails.LINK_SALT).sign(order.number)[:-1],
        lambda order: TimestampSigner(salt=mails.LINK_SALT).sign(order.number).swapcase(),
        lambda order: TimestampSigner(salt=mails.LINK_SALT, key="another key").sign(order.number),
        lambda order: TimestampSigner(salt=mails.LINK_SALT).sign("22222-22222-2222"),
    ],
    ids=["bare number", "made up", "other purpose", "cut", "changed", "other key", "no such order"],
)
def test_a_link_that_is_not_ours_opens_nothing(client, forge):
    order = place_order()

    response = client.get(reverse("orders:open", args=[forge(order)]))

    assert response.status_code == 404
    assert client.get(order.get_absolute_url()).status_code == 404


def test_the_link_of_one_order_does_not_open_another(client):
    mine, theirs = place_order(), place_order()
    client.get(link(mine))

    assert client.get(theirs.get_absolute_url()).status_code == 404


def test_a_link_is_only_ever_opened(client):
    assert client.post(link(place_order())).status_code == 405


def test_a_browser_remembers_the_latest_orders_and_not_endlessly_many(rf):
    request = rf.get("/")
    request.session = {access.SESSION_ORDERS: [f"older {n}" for n in range(access.MOST_REMEMBERED)]}
    order = place_order()

    access.remember(request, order)
    access.remember(request, order)

    kept = request.session[access.SESSION_ORDERS]
    assert len(kept) == access.MOST_REMEMBERED
    assert (kept[-1], kept.count(str(order.pk)), kept[0]) == (str(order.pk), 1, "older 1")


def test_a_mailed_link_ends_some_day(client):
    with time_machine.travel(timezone.now() - mails.LINK_LIFETIME - timedelta(minutes=1)):
        old = link(place_order())

    assert client.get(old).status_code == 404
