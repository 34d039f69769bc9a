"""The pages of somebody who is signed in."""

import pytest
from django.test import Client
from django.urls import reverse

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.accounts.models import User

pytestmark = pytest.mark.django_db

ACCOUNT, PROFILE, NEW_PASSWORD = "/account/", "/account/profile/", "/account/password/"
FRESH = "three owls on a wire"


@pytest.fixture
def ada(client):
    user = UserFactory(email="ada@example.com", full_name="Ada Lovelace")
    client.force_login(user)
    return user


@pytest.mark.parametrize("page", [ACCOUNT, PROFILE, NEW_PASSWORD])
def test_a_guest_is_asked_to_sign_in_and_comes_back(client, page):
    assert client.get(page).url == f"{reverse('accounts:sign_in')}?next={page}"


@pytest.mark.parametrize("page", [ACCOUNT, PROFILE, NEW_PASSWORD])
def test_what_is_private_is_never_cached(client, ada, page):
    assert "no-store" in client.get(page)["Cache-Control"]


@pytest.mark.parametrize(("page", "method"), [(ACCOUNT, "post"), (PROFILE, "delete"), (NEW_PASSWORD, "put")])
def test_other_methods_are_refused(client, ada, page, method):
    assert getattr(client, method)(page).status_code == 405


def test_the_account_shows_who_one_is_and_leads_to_the_orders(client, ada):
    page = client.get(ACCOUNT).content.decode()

    assert "Ada Lovelace" in page
    assert "ada@example.com" in page
    assert reverse("orders:history") in page


def test_a_name_can_be_changed(client, ada):
    client.post(PROFILE, {"full_name": "Ada King"})

    ada.refresh_from_db()
    assert ada.full_name == "Ada King"


def test_a_name_can_be_taken_back(client, ada):
    client.post(PROFILE, {"full_name": ""})

    assert "Not given" in client.get(ACCOUNT).content.decode()


def test_a_name_that_is_too_long_changes_nothing(client, ada):
    response = client.post(PROFILE, {"full_name": "a" * 151})

    ada.refresh_from_db()
    assert response.context["form"].errors["full_name"]
    assert ada.full_name == "Ada Lovelace"


def test_only_the_name_can_be_changed_there(client, ada):
    client.post(PROFILE, {"full_name": "Ada", "email": "other@example.com", "is_staff": "on"})

    ada.refresh_from_db()
    assert (ada.email, ada.is_staff) == ("ada@example.com", False)


def test_a_new_password_signs_other_devices_out_and_this_one_not(client, ada):
    phone = Client()
    phone.force_login(User.objects.get())

    response = client.post(NEW_PASSWORD, {"current_password": PASSWORD, "new_password": FRESH}, follow=True)

    ada.refresh_from_db()
    assert ada.check_password(FRESH)
    assert response.redirect_chain == [(ACCOUNT, 302)]
    assert response.status_code == 200
    assert phone.get(ACCOUNT).status_code == 302


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"current_password": "wrong", "new_password": FRESH}, "current_password"),
        ({"current_password": PASSWORD, "new_password": "123"}, "new_password"),
        ({"current_password": PASSWORD}, "new_password"),
        ({"new_password": FRESH}, "current_password"),
    ],
)
def test_a_password_that_is_wrong_or_weak_changes_nothing(client, ada, data, field):
    response = client.post(NEW_PASSWORD, data)

    ada.refresh_from_db()
    assert list(response.context["form"].errors) == [field]
    assert ada.check_password(PASSWORD)
