"""`manage.py check --deploy` on how tokens are signed."""

import pytest

from bookstore.api.checks import DERIVED_KEY, WEAK_KEY, signing_key


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", [DERIVED_KEY]),
        ("too short for HS256", [WEAK_KEY]),
        ("k" * 32, []),
        ("secret-" + "0" * 50, [WEAK_KEY]),
    ],
)
def test_production_has_a_signing_key_of_its_own(settings, key, said):
    settings.SECRET_KEY = "secret-" + "0" * 50
    settings.JWT_SIGNING_KEY = key

    assert [message.id for message in signing_key()] == said
