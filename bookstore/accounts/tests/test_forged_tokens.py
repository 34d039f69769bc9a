"""What is no token of the REST API, however much it looks like one."""

import jwt
import pytest
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken

from bookstore.accounts.factories import UserFactory
from bookstore.testing.api import refusal


@pytest.fixture
def ada(db):
    return UserFactory()


@pytest.fixture
def program(api):
    return api()


def cart_with(program, token):
    return program.send("GET", "/api/cart", Authorization=f"Bearer {token}")


def forged(user, *, key=api_settings.SIGNING_KEY, algorithm="HS256", **claims):
    payload = AccessToken.for_user(user).payload | {"aud": "bookstore-api", "iss": "bookstore"} | claims
    payload = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(payload, key, algorithm=algorithm)


def test_a_token_made_like_ours_is_taken(program, ada):
    """Or else the refusals below would say nothing."""
    assert cart_with(program, forged(ada)).status_code == 200


@pytest.mark.parametrize(
    "forgery",
    [
        {"algorithm": "none", "key": None},
        {"algorithm": "HS512"},
        {"algorithm": "HS384"},
        {"key": "another key, which is long enough for it"},
        {"aud": "another-api"},
        {"aud": None},
        {"iss": "another-shop"},
        {"iss": None},
        {"exp": None},
        {"exp": 1},
        {"jti": None},
        {"sub": None},
        {"sub": "0"},
        {"token_type": "refresh"},
        {"token_type": None},
        {"hash_password": "0" * 32},
        {"hash_password": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_ours_is_refused(program, ada, forgery):
    token = forged(ada, **forgery)

    assert refusal(cart_with(program, token)) == (401, "token_not_valid")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_the_key_of_sessions_and_mailed_links_signs_no_tokens(program, ada, settings):
    assert refusal(cart_with(program, forged(ada, key=settings.SECRET_KEY))) == (401, "token_not_valid")


def test_a_refresh_token_opens_nothing(program, ada):
    assert refusal(cart_with(program, program.sign_in(ada)["refresh"])) == (401, "token_not_valid")


def test_an_access_token_refreshes_nothing(program, ada):
    token = program.sign_in(ada)["access"]

    assert refusal(program.send("POST", "/api/auth/token/refresh", {"refresh": token})) == (
        401,
        "token_not_valid",
    )
