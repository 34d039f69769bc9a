"""Making an account."""

import pytest
from django.urls import reverse

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.accounts.forms import SignUpForm
from bookstore.accounts.models import User

pytestmark = pytest.mark.django_db

PAGE = "/account/sign-up/"


def sign_up(client, **data):
    return client.post(PAGE, {"email": "ada@example.com", "password": PASSWORD, **data})


def errors(response):
    return {field: list(messages) for field, messages in response.context["form"].errors.items()}


def test_an_address_and_a_password_are_enough(client):
    response = sign_up(client)

    user = User.objects.get()
    assert response.url == reverse("accounts:account")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert user.check_password(PASSWORD)
    assert (user.full_name, user.is_staff) == ("", False)


def test_a_name_is_kept_as_it_is_written(client):
    sign_up(client, full_name="Zoë O’Brien-Ōta 李")

    assert User.objects.get().full_name == "Zoë O’Brien-Ōta 李"


def test_the_address_is_kept_in_lower_case(client):
    sign_up(client, email="Ada@Example.COM")

    assert User.objects.get().email == "ada@example.com"


def test_nobody_signs_up_as_staff(client):
    sign_up(client, is_staff="on", is_superuser="on")

    user = User.objects.get()
    assert not user.is_staff
    assert not user.is_superuser


def test_an_address_has_one_account(client):
    UserFactory(email="ada@example.com")

    response = sign_up(client, email="ADA@example.com")

    assert errors(response) == {"email": ["There is an account with this e-mail address already."]}
    assert User.objects.count() == 1


def test_two_windows_at_once_make_one_account(client, monkeypatch):
    UserFactory(email="ada@example.com")
    monkeypatch.setattr(
        SignUpForm, "validate_unique", lambda form: None
    )  # it looked before the other one was saved

    response = sign_up(client)

    assert errors(response) == {"email": ["There is an account with this e-mail address already."]}
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({"email": ""}, {"email": ["Enter your e-mail address."]}),
        ({"email": "nobody"}, {"email": ["Enter an e-mail address like name@example.com."]}),
        ({"password": ""}, {"password": ["Enter your password."]}),
        ({"password": "qwerty123"}, {"password": ["This password is too common."]}),
        (
            {"password": "ada@example.com"},
            {"password": ["The password is too similar to the e-mail address."]},
        ),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_kept(client, data, wrong):
    response = sign_up(client, full_name="Ada", **data)

    assert errors(response) == wrong
    assert 'value="Ada"' in response.content.decode()
    assert not User.objects.exists()


def test_a_password_that_is_too_short_is_refused(client):
    response = sign_up(client, password="x1?")

    assert errors(response)["password"][0].startswith("This password is too short.")


def test_a_field_that_is_wrong_names_its_error_for_screen_readers(client):
    page = sign_up(client, email="nobody").content.decode()

    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_email_error"' in page
    assert 'id="id_email_error"' in page
    assert '<a href="#id_email">' in page


def test_next_is_followed_within_the_shop(client):
    assert sign_up(client, next="/cart/").url == "/cart/"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_next_never_leads_out_of_the_shop(client, address):
    assert sign_up(client, next=address).url == reverse("accounts:account")


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_is_signed_in_is_sent_on(client, method):
    client.force_login(UserFactory())

    response = getattr(client, method)(PAGE, {"email": "two@example.com", "password": PASSWORD})

    assert response.url == reverse("accounts:account")
    assert User.objects.count() == 1


def test_the_form_helps_password_managers(client):
    page = client.get(PAGE).content.decode()

    for purpose in ("name", "email", "new-password"):
        assert f'autocomplete="{purpose}"' in page


@pytest.mark.parametrize("method", ["delete", "patch"])
def test_other_methods_are_refused(client, method):
    assert getattr(client, method)(PAGE).status_code == 405
