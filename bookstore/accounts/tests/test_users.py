"""The user: one e-mail address, in lower case."""

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.accounts.models import User

pytestmark = pytest.mark.django_db


def test_an_address_is_kept_in_lower_case():
    user = User.objects.create_user("Ada@Example.COM", PASSWORD)

    assert user.email == "ada@example.com"


def test_two_people_cannot_share_an_address():
    UserFactory(email="ada@example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ADA@example.com")


def test_the_database_refuses_an_address_in_upper_case():
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(email="Ada@example.com")


def test_a_form_of_staff_puts_the_address_in_lower_case():
    user = User(email="Ada@example.com", password="x")

    user.full_clean()

    assert user.email == "ada@example.com"


def test_a_form_of_staff_says_that_an_address_is_taken():
    UserFactory(email="ada@example.com")

    with pytest.raises(ValidationError, match="There is an account with this e-mail address already"):
        User(email="ADA@example.com", password="x").full_clean()


def test_a_user_without_an_address_is_refused():
    with pytest.raises(ValueError, match="needs an e-mail address"):
        User.objects.create_user("")


def test_nobody_signs_in_as_a_user_without_a_password():
    User.objects.create_user("ada@example.com")

    assert authenticate(username="ada@example.com", password="") is None


def test_a_superuser_may_open_the_admin():
    user = User.objects.create_superuser("ada@example.com", PASSWORD)

    assert user.is_staff
    assert user.is_superuser


@pytest.mark.parametrize(
    ("name", "full", "short"),
    [("Ada Lovelace", "Ada Lovelace", "Ada"), ("", "ada@example.com", "ada@example.com")],
)
def test_a_user_without_a_name_goes_by_the_address(name, full, short):
    user = User(email="ada@example.com", full_name=name)

    assert (user.get_full_name(), user.get_short_name()) == (full, short)
