"""Staff find and edit people by e-mail address."""

import pytest
from django.urls import reverse

from bookstore.accounts.factories import PASSWORD, StaffFactory, UserFactory
from bookstore.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(StaffFactory(email="bookseller@example.com"))
    return client


def test_people_are_found_by_address(staff):
    UserFactory(email="ada@example.com")
    UserFactory(email="bob@example.com")

    page = staff.get(reverse("admin:accounts_user_changelist"), {"q": "ada"}).content.decode()

    assert "ada@example.com" in page
    assert "bob@example.com" not in page


def test_a_person_is_added_by_address(staff):
    data = {
        "email": "Ada@example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    staff.post(reverse("admin:accounts_user_add"), data)

    assert User.objects.filter(email="ada@example.com").exists()


def test_a_persons_page_opens(staff):
    user = UserFactory()

    assert staff.get(reverse("admin:accounts_user_change", args=[user.pk])).status_code == 200


def test_shoppers_do_not_get_in(client):
    client.force_login(UserFactory())

    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 302
