import pytest

from bookstore.accounts.factories import UserFactory
from orders.factories import place_order


@pytest.fixture
def ada(db):
    return UserFactory(email="ada@example.com")


@pytest.fixture
def order(ada):
    """Ada's, unpaid: one book for 9.99 and delivery for 2.95."""
    return place_order(user=ada)


@pytest.fixture
def program(api, ada):
    """A program that has Ada's token."""
    return api(ada)
