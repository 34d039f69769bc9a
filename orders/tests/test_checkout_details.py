"""Step 1 of the checkout: e-mail, address, delivery."""

from decimal import Decimal

import pytest
from django.urls import reverse

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from cart.factories import CartFactory
from cart.session import GUEST_CART
from orders import drafts
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import DeliveryMethod, Order

pytestmark = pytest.mark.django_db

URL = "/checkout/"


def text(response):
    return response.content.decode()


def test_good_details_lead_to_the_review_and_are_kept(visitor):
    guest = visitor(BookFactory())

    response = guest.fills_in(city="Bath")

    assert (response.status_code, response.url) == (302, reverse("orders:review"))
    assert 'value="Bath"' in text(guest.client.get(URL))


def test_the_page_asks_for_everything_an_order_needs(visitor):
    page = text(visitor(BookFactory(title="Emma")).client.get(URL))

    for name in ("email", "full_name", "address_line1", "city", "postal_code", "country", "delivery_method"):
        assert f'name="{name}"' in page
    for hint in (
        'autocomplete="email"',
        'autocomplete="shipping name"',
        'autocomplete="shipping postal-code"',
    ):
        assert hint in page
    assert "1 × Emma" in page
    assert "novalidate" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": ""}, "Enter your e-mail address."),
        ({"email": "ada@"}, "Enter an e-mail address like name@example.com."),
        ({"full_name": " "}, "Enter the name of the person who gets the parcel."),
        ({"address_line1": ""}, "Enter the street and the house number."),
        ({"city": ""}, "Enter the town or city."),
        ({"country": "XX"}, "Choose a country from the list."),
        ({"delivery_method": ""}, "Choose how your books shall travel."),
        ({"delivery_method": "999999"}, "This way of delivery is no longer offered. Choose another one."),
        ({"delivery_method": "standard"}, "This way of delivery is no longer offered. Choose another one."),
        ({"city": "x" * 81}, "at most 80 characters"),
        ({"full_name": "Ada\x00"}, "Null characters are not allowed."),
    ],
)
def test_a_mistake_is_named_twice_and_the_input_stays(visitor, changes, words):
    guest = visitor(BookFactory())

    response = guest.fills_in(**({"postal_code": "LS9 9ZZ"} | changes))

    page = text(response)
    assert response.status_code == 422
    assert "There is a problem" in page
    assert "<title>Error:" in page
    assert page.count(words) == 2
    assert 'value="LS9 9ZZ"' in page
    assert drafts.SESSION_DRAFT not in guest.client.session


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Miriam O’Leary-Núñez"},
        {"full_name": "王小明", "city": "臺北市", "postal_code": "110", "country": "TW"},
        {"postal_code": "", "country": "AE"},
        {"postal_code": "  ls1  4ap "},
        {"email": "ada.reader+books@sub.example.co.uk"},
    ],
)
def test_names_and_addresses_of_this_world_are_accepted(visitor, changes):
    assert visitor(BookFactory()).fills_in(**changes).status_code == 302


def test_line_breaks_cannot_be_smuggled_into_a_label(visitor):
    guest = visitor(BookFactory())

    guest.fills_in(full_name="Ada\r\nReader", address_line1="12  Endpaper\tLane")
    guest.places("12.94")

    order = Order.objects.get()
    assert (order.full_name, order.address_line1) == ("Ada Reader", "12 Endpaper Lane")


def test_what_a_visitor_types_is_shown_as_text(visitor):
    response = visitor(BookFactory()).fills_in(full_name='"><script>alert(1)</script>', email="")

    assert "<script>alert(1)" not in text(response)
    assert "&lt;script&gt;alert(1)" in text(response)


def test_ways_of_delivery_show_what_they_cost_for_this_cart(visitor):
    DeliveryMethodFactory(name="By bicycle", price=Decimal("4.40"), free_above=Decimal("9.00"))
    DeliveryMethodFactory(name="By balloon", price=Decimal("8.80"))
    DeliveryMethodFactory(name="By owl", active=False)

    page = text(visitor(BookFactory(price=Decimal("9.99"))).client.get(URL))

    bicycle, balloon = page.index("By bicycle"), page.index("By balloon")
    assert "free" in page[bicycle:balloon]
    assert "£8.80" in page[balloon:]
    assert "By owl" not in page


def test_a_user_who_never_ordered_finds_name_and_e_mail(visitor):
    user = UserFactory(full_name="Ada Reader")

    page = text(visitor(BookFactory(), user=user).client.get(URL))

    assert f'value="{user.email}"' in page
    assert 'value="Ada Reader"' in page


def test_a_user_finds_the_details_of_the_last_order(visitor):
    user = UserFactory()
    place_order(user=user, email="parcels@example.com").cart.delete()

    page = text(visitor(BookFactory(), user=user).client.get(URL))

    for kept in ("parcels@example.com", "12 Endpaper Lane", "Leeds", "LS1 4AP"):
        assert f'value="{kept}"' in page


def test_a_guest_finds_nobody_elses_details(visitor):
    place_order(email="other@example.com")

    assert "other@example.com" not in text(visitor(BookFactory()).client.get(URL))


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_books_there_is_nothing_to_check_out(client, visitor, method):
    assert getattr(client, method)(URL).url == reverse("cart:detail")
    assert getattr(visitor().client, method)(URL).url == reverse("cart:detail")


def test_a_guest_cannot_name_somebody_elses_cart(client):
    cart = CartFactory(user=UserFactory())
    session = client.session
    session[GUEST_CART] = cart.pk
    session.save()

    assert client.get(URL).url == reverse("cart:detail")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client, method):
    assert getattr(client, method)(URL).status_code == 405


def test_the_page_is_nobody_elses_to_keep(visitor):
    assert "no-store" in visitor(BookFactory()).client.get(URL)["Cache-Control"]


def test_statements_do_not_grow_with_the_cart(visitor, django_assert_max_num_queries):
    full = visitor(*BookFactory.create_batch(12))
    DeliveryMethod.objects.bulk_create(DeliveryMethodFactory.build_batch(5))

    with django_assert_max_num_queries(5):
        assert full.client.get(URL).status_code == 200


def test_at_home_a_parcel_needs_a_postcode(visitor):
    response = visitor(BookFactory()).fills_in(country="GB", postal_code="")

    assert response.status_code == 422
    assert "Enter the postcode." in text(response)


def test_abroad_there_are_places_without_postcodes(visitor):
    response = visitor(BookFactory()).fills_in(country="IE", postal_code="")

    assert response.url == reverse("orders:review")


def test_the_first_way_of_delivery_is_chosen_already(visitor):
    page = text(visitor(BookFactory()).client.get(URL))

    assert page.count(" checked") == 1
