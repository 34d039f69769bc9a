"""People of staff with chosen permissions."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from bookstore.accounts.factories import StaffFactory
from bookstore.catalog.factories import BookFactory, SubjectFactory


@pytest.fixture
def staff():
    """May do everything."""
    return StaffFactory(email="staff@example.com", full_name="Olive Owner")


@pytest.fixture
def admin(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def desk() -> Callable[..., Client]:
    """`desk("receive_stock")`: the browser of somebody who may do that with the catalogue and no more."""

    def signed_in(*codenames: str) -> Client:
        person = StaffFactory(is_superuser=False)
        permissions = Permission.objects.filter(content_type__app_label="catalog", codename__in=codenames)
        person.user_permissions.set(permissions)
        client = Client()
        client.force_login(person)
        return client

    return signed_in


def said(response) -> str:
    """What the page tells after an act."""
    return " ".join(str(message) for message in response.context["messages"])


@pytest.fixture
def emma():
    novels = SubjectFactory(name="Novels")
    return BookFactory(
        title="Emma",
        isbn13="9780141439587",
        price="7.99",
        contributors=["Jane Austen"],
        subjects=[novels],
        stock=4,
    )
