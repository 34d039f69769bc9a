"""The cart's page: what it shows, and what it tells."""

from decimal import Decimal

import pytest
from django.urls import reverse

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from cart.context import cart_summary
from cart.factories import CartFactory, CartLineFactory
from cart.session import GUEST_CART

pytestmark = pytest.mark.django_db

PAGE = "/cart/"


@pytest.fixture
def guest(client):
    """A visitor who put books into the cart: `guest(CartLineFactory())`."""

    def with_line(line):
        session = client.session
        session[GUEST_CART] = line.cart.pk
        session.save()
        return client

    return with_line


def text(response):
    return " ".join(response.content.decode().split())


def test_a_visitor_without_a_cart_is_shown_the_way_to_the_books(client):
    response = client.get(PAGE)

    assert "Your cart is empty" in text(response)
    assert reverse("catalog:books") in text(response)


def test_an_emptied_cart_looks_like_none(client):
    user = UserFactory()
    CartFactory(user=user)
    client.force_login(user)

    assert "Your cart is empty" in text(client.get(PAGE))


def test_the_page_shows_books_quantities_and_the_sum(guest):
    line = CartLineFactory(book__title="Emma", book__price="8.99", quantity=2)

    page = text(guest(line).get(PAGE))

    assert "Emma" in page
    assert "£8.99 each" in page
    assert "£17.98" in page
    assert 'name="quantity" value="2"' in page
    assert reverse("orders:checkout") in page


def test_the_number_beside_the_cart_counts_copies(guest):
    line = CartLineFactory(quantity=3)

    assert '<span class="count">3</span>' in text(guest(line).get(PAGE))


def test_a_title_is_never_markup(guest):
    line = CartLineFactory(book__title="<script>alert(1)</script>")

    assert "<script>alert" not in text(guest(line).get(PAGE))


@pytest.mark.parametrize(
    ("now", "told"), [("9.99", "risen from £8.99 to £9.99"), ("7.99", "fallen from £8.99 to £7.99")]
)
def test_a_price_that_changed_is_told_by_name(guest, now, told):
    line = CartLineFactory(book__title="Emma", book__price="8.99")
    Book.objects.update(price=Decimal(now))

    page = text(guest(line).get(PAGE))

    assert f"The price of “Emma” has {told}" in page
    assert reverse("orders:checkout") in page


def test_keeping_a_book_at_its_new_price_ends_the_notice(guest):
    line = CartLineFactory(book__price="9.99", price_when_added="8.99", quantity=2)

    response = guest(line).post(reverse("cart:change", args=[line.book.pk]), {"quantity": 2}, follow=True)

    assert "The price of" not in text(response)


def test_fewer_copies_than_wanted_are_told_and_put_right_with_one_click(guest):
    line = CartLineFactory(book__title="Emma", book__stock=2, quantity=4)
    client = guest(line)

    page = text(client.get(PAGE))

    assert "We have only 2 copies of “Emma” now." in page
    assert "Change to 2" in page
    assert reverse("orders:checkout") not in page

    page = text(client.post(reverse("cart:change", args=[line.book.pk]), {"quantity": 2}, follow=True))

    assert "We have only" not in page
    assert reverse("orders:checkout") in page


@pytest.mark.parametrize("change", [{"stock": 0}, {"active": False}])
def test_a_book_that_sold_out_is_told_and_holds_up_the_checkout(guest, change):
    line = CartLineFactory(book__title="Emma")
    Book.objects.update(**change)

    page = text(guest(line).get(PAGE))

    assert "“Emma” has sold out since you chose it." in page
    assert reverse("orders:checkout") not in page


def test_another_guests_cart_is_not_shown(client):
    CartLineFactory(book__title="Emma")

    assert "Emma" not in text(client.get(PAGE))


def test_a_session_that_names_a_users_cart_does_not_open_it(guest):
    line = CartLineFactory(cart__user=UserFactory(), book__title="Emma")

    assert "Emma" not in text(guest(line).get(PAGE))


def test_a_session_that_names_a_cart_long_gone_shows_an_empty_one(guest):
    line = CartLineFactory()
    client = guest(line)
    line.cart.delete()

    assert "Your cart is empty" in text(client.get(PAGE))


def test_the_page_is_never_cached(client):
    assert "no-store" in client.get(PAGE)["Cache-Control"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_page_is_only_for_looking(client, method):
    assert getattr(client, method)(PAGE).status_code == 405


@pytest.mark.parametrize("lines", [1, 30])
def test_the_page_needs_three_statements_for_a_guest(guest, lines, django_assert_num_queries):
    cart = CartFactory()
    for _ in range(lines):
        line = CartLineFactory(cart=cart)
    client = guest(line)

    with django_assert_num_queries(3):  # session, cart, lines
        client.get(PAGE)


@pytest.mark.parametrize("lines", [1, 30])
def test_the_page_needs_five_statements_for_a_user(client, lines, django_assert_num_queries):
    cart = CartFactory(user=UserFactory())
    for book in BookFactory.create_batch(lines):
        CartLineFactory(cart=cart, book=book)
    client.force_login(cart.user)

    with django_assert_num_queries(5):  # session, user, cart, lines, unpaid order
        client.get(PAGE)


def test_a_page_that_shows_no_cart_number_does_not_count(rf, django_assert_num_queries):
    request = rf.get("/")
    request.session = {GUEST_CART: 1}

    with django_assert_num_queries(0):
        copies = cart_summary(request)["cart_copies"]

    with django_assert_num_queries(1):
        assert copies == 0
