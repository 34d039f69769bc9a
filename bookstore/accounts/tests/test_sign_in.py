"""Signing in and out."""

import pytest
from django.urls import reverse

from bookstore.accounts.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

PAGE = "/account/sign-in/"
NOT_RIGHT = "The e-mail address or the password is not right."


@pytest.fixture
def ada():
    return UserFactory(email="ada@example.com")


def sign_in(client, email="ada@example.com", password=PASSWORD, **more):
    return client.post(PAGE, {"username": email, "password": password, **more})


def signed_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com", "  ada@example.com "])
def test_the_address_is_known_however_it_is_typed(client, ada, email):
    response = sign_in(client, email)

    assert response.url == reverse("accounts:account")
    assert signed_in(client)


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("ada@example.com", PASSWORD + " ")],
)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, ada, email, password):
    response = sign_in(client, email, password)

    assert response.context["form"].non_field_errors() == [NOT_RIGHT]
    assert not signed_in(client)


def test_a_closed_account_gets_the_same_answer(client):
    UserFactory(email="ada@example.com", is_active=False)

    response = sign_in(client)

    assert response.context["form"].non_field_errors() == [NOT_RIGHT]
    assert not signed_in(client)


def test_what_is_missing_is_said_at_the_top_and_at_the_field(client):
    page = sign_in(client, "", "").content.decode()

    assert "<title>Error: Sign in – Endpapers</title>" in page
    assert "There is a problem" in page
    assert page.count("Enter your e-mail address.") == 2
    assert page.count("Enter your password.") == 2
    assert '<a href="#id_username">' in page


def test_a_password_is_never_sent_back(client, ada):
    assert "wr0ng-password" not in sign_in(client, password="wr0ng-password").content.decode()


def test_the_session_gets_a_new_key(client, ada):
    session = client.session
    session["cart_id"] = 1
    session.save()
    before = session.session_key

    sign_in(client)

    assert client.session.session_key != before


def test_next_is_followed_within_the_shop(client, ada):
    assert sign_in(client, next="/cart/").url == "/cart/"


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", r"/\evil.example"]
)
def test_next_never_leads_out_of_the_shop(client, ada, address):
    assert sign_in(client, next=address).url == reverse("accounts:account")


def test_next_goes_along_to_the_page_for_new_accounts(client):
    page = client.get(PAGE, {"next": "/cart/"}).content.decode()

    assert '/account/sign-up/?next=%2Fcart%2F"' in page


def test_whoever_is_signed_in_is_sent_on(client, ada):
    client.force_login(ada)

    assert client.get(PAGE, {"next": "/cart/"}).url == "/cart/"


def test_the_form_helps_password_managers(client):
    page = client.get(PAGE).content.decode()

    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_signing_out_ends_the_session(client, ada):
    client.force_login(ada)

    response = client.post("/account/sign-out/", follow=True)

    assert response.redirect_chain == [("/", 302)]
    assert not signed_in(client)


def test_a_link_cannot_sign_anybody_out(client, ada):
    client.force_login(ada)

    assert client.get("/account/sign-out/").status_code == 405
    assert signed_in(client)


def test_signing_out_without_being_signed_in_is_harmless(client):
    assert client.post("/account/sign-out/").status_code == 302
