"""Whoever guesses passwords is made to wait; nobody is locked out of their account by others."""

import re

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from bookstore.accounts.factories import PASSWORD, StaffFactory, UserFactory
from bookstore.accounts.guesses import address_of

pytestmark = pytest.mark.django_db

SHOP, ADMIN, FORGOTTEN, TOKEN = (
    "/account/sign-in/",
    "/admin/login/?next=/admin/",
    "/account/password/forgotten/",
    "/api/auth/token",
)
ADA = "ada@example.com"


@pytest.fixture(autouse=True)
def few_tries(settings):
    cache.clear()
    settings.SIGN_IN_TRIES = 3
    settings.SIGN_IN_TRIES_PER_ADDRESS = 8
    settings.SIGN_IN_TRIES_PER_ACCOUNT = 12
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def ada():
    return StaffFactory(email=ADA)


def send(door, email=ADA, password="wrong", address="192.0.2.1"):
    """One try; the status of the answer."""
    client = Client(REMOTE_ADDR=address)
    if door == TOKEN:
        answer = client.post(door, {"email": email, "password": password}, content_type="application/json")
    elif door == FORGOTTEN:
        answer = client.post(door, {"email": email})
    else:
        answer = client.post(door, {"username": email, "password": password})
    return answer


def tries(times, door=SHOP, **how):
    return [send(door, **how).status_code for _ in range(times)]


RIGHT = {SHOP: 302, ADMIN: 302, TOKEN: 200}


@pytest.mark.parametrize("door", RIGHT)
def test_after_a_few_wrong_passwords_even_the_right_one_is_not_looked_at(door):
    first = tries(3, door)

    answer = send(door, password=PASSWORD)

    assert 429 not in first
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60


def test_a_page_in_the_shops_design_says_how_long_to_wait():
    tries(3)

    answer = send(SHOP)

    assert "Too many tries – Endpapers" in answer.text
    assert re.search(r"wait \d+ minutes?, then try again", " ".join(answer.text.split()))


def test_the_doors_are_counted_together():
    answers = [send(door, password="wrong").status_code for door in (SHOP, ADMIN, TOKEN)]

    assert 429 not in answers
    assert {send(door, password=PASSWORD).status_code for door in RIGHT} == {429}


def test_an_address_without_an_account_hears_exactly_the_same():
    nobody = [send(SHOP, email="nobody@example.com", address="192.0.2.7") for _ in range(4)]
    somebody = [send(SHOP, address="192.0.2.8") for _ in range(4)]

    assert [answer.status_code for answer in nobody] == [answer.status_code for answer in somebody]
    assert without_tokens(nobody[3].text) == without_tokens(somebody[3].text)


def without_tokens(html):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", html)


def test_when_the_window_is_over_the_right_password_is_right_again():
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        tries(3)
        wait = int(send(SHOP)["Retry-After"])
        clock.shift(wait)

        assert send(SHOP, password=PASSWORD).status_code == 302


@pytest.mark.parametrize("email", ["ADA@example.com", " ada@example.com "])
def test_another_way_of_writing_the_address_is_no_way_round(email):
    tries(3)

    assert send(SHOP, email=email).status_code == 429


def test_a_right_password_clears_the_wrong_ones_of_before():
    for _ in range(3):
        assert tries(2) == [200, 200]
        assert send(SHOP, password=PASSWORD).status_code == 302


def test_an_address_that_tries_many_accounts_is_stopped():
    for number in range(8):
        UserFactory(email=f"reader-{number}@example.com")

    answers = [send(SHOP, email=f"reader-{number}@example.com").status_code for number in range(8)]

    assert 429 not in answers
    assert send(SHOP, email="somebody-else@example.com").status_code == 429
    assert send(SHOP, email="somebody-else@example.com", address="192.0.2.2").status_code == 200


def test_many_who_share_an_address_and_know_their_passwords_are_not_stopped():
    people = [UserFactory() for _ in range(10)]

    assert {send(SHOP, email=each.email, password=PASSWORD).status_code for each in people} == {302}


def test_an_account_that_many_addresses_guess_at_is_closed_to_strangers_only():
    assert send(SHOP, password=PASSWORD, address="198.51.100.1").status_code == 302  # ada, at home
    guesses = [send(SHOP, address=f"192.0.2.{number}").status_code for number in range(12)]

    assert 429 not in guesses
    assert send(SHOP, address="192.0.2.99").status_code == 429
    assert send(SHOP, password=PASSWORD, address="198.51.100.1").status_code == 302


def test_one_address_cannot_use_up_what_the_account_has():
    tries(7)

    assert send(SHOP, password=PASSWORD, address="198.51.100.1").status_code == 302


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
def test_forgotten_passwords_are_mailed_a_few_times(email):
    assert tries(4, FORGOTTEN, email=email) == [302, 302, 302, 429]


def test_who_has_a_password_mailed_can_still_sign_in():
    tries(4, FORGOTTEN)

    assert send(SHOP, password=PASSWORD).status_code == 302


def test_what_a_visitor_writes_into_a_header_is_no_way_round(settings):
    client = Client(REMOTE_ADDR="192.0.2.1")
    answers = [
        client.post(SHOP, {"username": ADA, "password": "wrong"}, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}")
        for n in range(4)
    ]

    assert answers[-1].status_code == 429


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2:bbbb::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_all_addresses_of_a_household_are_one(rf, one, other, same):
    addresses = {address_of(rf.get("/", REMOTE_ADDR=each)) for each in (one, other)}

    assert (len(addresses) == 1) == same


def test_looking_at_the_page_is_no_try(client):
    for _ in range(10):
        assert client.get(SHOP).status_code == 200


def test_the_log_names_nobody(caplog):
    tries(4)

    assert "too many tries" in caplog.text
    assert "ada" not in caplog.text
    assert "192.0.2" not in caplog.text
