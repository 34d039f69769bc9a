"""Tokens of the REST API: how they are got, and how long they last."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework_simplejwt.tokens import RefreshToken

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.testing.api import refusal

NOON = "2026-11-23T12:00:00Z"
CREDENTIALS = {"email": "ada@example.com", "password": PASSWORD}


@pytest.fixture
def ada(db):
    return UserFactory(email="ada@example.com")


@pytest.fixture
def program(api):
    return api()


def cart_with(program, token):
    return program.send("GET", "/api/cart", Authorization=f"Bearer {token}")


def refreshed(program, token):
    return program.send("POST", "/api/auth/token/refresh", {"refresh": token})


def test_credentials_get_two_tokens(program, ada):
    answer = program.send("POST", "/api/auth/token", CREDENTIALS)

    assert answer.status_code == 200
    assert answer.json().keys() == {"access", "refresh"}
    assert cart_with(program, answer.json()["access"]).status_code == 200


def test_the_address_may_be_typed_in_any_case(program, ada):
    answer = program.send("POST", "/api/auth/token", CREDENTIALS | {"email": "Ada@Example.COM"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"password": "a lamp"}, {"email": "nobody@example.com"}, {"password": PASSWORD + " "}],
)
def test_wrong_credentials_say_the_same_whatever_is_wrong(program, ada, wrong):
    answer = program.send("POST", "/api/auth/token", CREDENTIALS | wrong)

    assert refusal(answer) == (401, "wrong_credentials")
    assert answer.json()["message"] == "There is no account with this e-mail address and password."
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_closed_account_gets_no_tokens(program):
    UserFactory(email="ada@example.com", is_active=False)

    assert refusal(program.send("POST", "/api/auth/token", CREDENTIALS)) == (401, "wrong_credentials")


def test_an_access_token_lasts_five_minutes(program, ada):
    with time_machine.travel(NOON, tick=False) as clock:
        token = program.sign_in(ada)["access"]
        clock.shift(299)
        before = cart_with(program, token)
        clock.shift(1)

        after = cart_with(program, token)

    assert before.status_code == 200
    assert refusal(after) == (401, "token_not_valid")
    assert after["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_lasts_fourteen_days(program, ada):
    with time_machine.travel(NOON, tick=False) as clock:
        token = program.sign_in(ada)["refresh"]
        clock.shift(14 * 24 * 60 * 60)

        assert refusal(refreshed(program, token)) == (401, "token_not_valid")


def test_a_refresh_token_is_exchanged_once(program, ada):
    first = program.sign_in(ada)

    second = refreshed(program, first["refresh"])
    again = refreshed(program, first["refresh"])

    assert second.status_code == 200
    assert second.json()["refresh"] != first["refresh"]
    assert cart_with(program, second.json()["access"]).status_code == 200
    assert refusal(again) == (401, "token_not_valid")
    assert refreshed(program, second.json()["refresh"]).status_code == 200


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_who_come_with_one_refresh_token_one_gets_the_next(api, ada):
    token = str(RefreshToken.for_user(ada))

    def come(_):
        try:
            return refreshed(api(), token).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(come, range(8)))

    assert answers == [200] + [401] * 7


def test_a_revoked_token_is_of_no_use(program, ada):
    token = program.sign_in(ada)["refresh"]

    answer = program.send("POST", "/api/auth/token/revoke", {"refresh": token})

    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(refreshed(program, token)) == (401, "token_not_valid")


def test_a_changed_password_ends_both_tokens(program, ada):
    tokens = program.sign_in(ada)
    browser = Client()
    browser.force_login(ada)

    new = "an entirely different lamp"
    browser.post(
        reverse("accounts:password_change"),
        {"current_password": PASSWORD, "new_password": new},
    )

    assert refusal(cart_with(program, tokens["access"])) == (401, "token_not_valid")
    assert refusal(refreshed(program, tokens["refresh"])) == (401, "token_not_valid")


def test_a_closed_account_ends_both_tokens(program, ada):
    tokens = program.sign_in(ada)

    type(ada).objects.update(is_active=False)

    assert refusal(cart_with(program, tokens["access"])) == (401, "token_not_valid")
    assert refusal(refreshed(program, tokens["refresh"])) == (401, "token_not_valid")


def test_the_tokens_of_a_deleted_account_end(program, ada):
    tokens = program.sign_in(ada)

    ada.delete()

    assert refusal(cart_with(program, tokens["access"])) == (401, "token_not_valid")
    assert refusal(refreshed(program, tokens["refresh"])) == (401, "token_not_valid")


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Token abc", "bearer abc"])
def test_without_a_token_the_answer_says_what_to_send(program, ada, header):
    answer = program.send("GET", "/api/cart", Authorization=header)

    assert refusal(answer) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "ä.ö.ü", "a b", "." * 5000, "e30.e30.e30", "bnVsbA.bnVsbA."]
)
def test_nonsense_is_no_token(program, ada, token):
    assert refusal(cart_with(program, token)) == (401, "token_not_valid")
    assert refusal(refreshed(program, token))[0] in (400, 401)


def test_a_session_in_a_browser_is_no_token(ada):
    browser = Client()
    browser.force_login(ada)

    assert refusal(browser.get("/api/cart")) == (401, "not_authenticated")


def test_an_old_token_does_not_keep_anyone_from_the_books(program, db):
    assert program.send("GET", "/api/books", Authorization="Bearer old").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "ada@example.com"},
        CREDENTIALS | {"username": "ada"},
        {"email": ["ada@example.com"], "password": PASSWORD},
        {"email": None, "password": None},
        {"email": "ada@example.com", "password": 7},
        {"email": "a\u0000da@example.com", "password": PASSWORD},
        {"email": "ada@example.com", "password": "\u0000"},
        {"email": "ada@example.com", "password": ""},
        {"email": "a" * 255, "password": PASSWORD},
        {"email": "ada@example.com", "password": "x" * 4097},
        [CREDENTIALS],
        7,
    ],
    ids=str,
)
def test_anything_else_is_refused(program, ada, body):
    assert refusal(program.send("POST", "/api/auth/token", body)) == (400, "invalid_input")
