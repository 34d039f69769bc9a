"""How often one may ask: per user and per address, and most strictly where payments are opened."""

import pytest
import time_machine
from django.conf import settings as shop

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.testing.api import refusal
from orders.factories import place_order

HERE, THERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as traveller:
        yield traveller


def asked(program, path="/api/cart", *, method="GET", address=HERE, **headers):
    program.defaults["REMOTE_ADDR"] = address
    return program.send(method, path, **headers)


def test_a_user_is_counted_from_wherever_they_ask(api, rates, clock):
    rates["user"] = "2/min"
    program, other = api(UserFactory()), api(UserFactory())

    answers = [asked(program, address=address) for address in (HERE, THERE, HERE)]

    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    assert refusal(answers[2]) == (429, "throttled")
    assert answers[2]["Retry-After"] == "60"
    assert asked(other).status_code == 200


def test_an_address_is_counted_whoever_asks(api, rates, clock):
    one, two = api(UserFactory()), api(UserFactory())
    rates["address"] = "2/min"

    answers = [asked(one), asked(two), asked(api(), "/api/books"), asked(api(), "/api/books", address=THERE)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]


def test_whoever_waits_as_long_as_told_may_ask_again(api, rates, clock):
    rates["user"] = "1/min"
    program = api(UserFactory())
    asked(program)
    clock.shift(20)

    refused = asked(program)
    clock.shift(int(refused["Retry-After"]) - 1)
    early = asked(program)
    clock.shift(1)

    assert refused["Retry-After"] == "40"
    assert early.status_code == 429
    assert asked(program).status_code == 200


def test_guessing_passwords_is_slow_whosever_they_are(api, rates, clock):
    rates["sign_ins_address"] = "3/min"
    ada = UserFactory()
    program = api()

    def guess(password, address=HERE):
        program.defaults["REMOTE_ADDR"] = address
        return program.send("POST", "/api/auth/token", {"email": ada.email, "password": password}).status_code

    assert [guess("wrong") for _ in range(4)] == [401, 401, 401, 429]
    assert guess(PASSWORD) == 429
    assert guess(PASSWORD, THERE) == 200


def test_refreshing_is_not_held_to_the_limit_of_signing_in(api, rates, clock):
    rates["sign_ins_address"] = "1/min"
    program = api()
    token = program.sign_in(UserFactory())["refresh"]

    answers = []
    for _ in range(3):
        answers.append(program.send("POST", "/api/auth/token/refresh", {"refresh": token}))
        token = answers[-1].json()["refresh"]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_opening_payments_has_a_limit_of_its_own_per_user(api, rates, clock, stripe):
    rates["payments_user"] = "2/min"
    ada = UserFactory()
    program, path = api(ada), f"/orders/{place_order(user=ada).pk}/payment"

    opened = [asked(program, path, method="POST", address=address) for address in (HERE, THERE, HERE)]

    assert [answer.status_code for answer in opened[:2]] == [200, 200]
    assert refusal(opened[2]) == (429, "throttled")
    assert int(opened[2]["Retry-After"]) > 0
    assert asked(program, path).status_code == 200


def test_opening_payments_has_a_limit_of_its_own_per_address(api, rates, clock, stripe):
    rates["payments_address"] = "2/min"

    def opened():
        user = UserFactory()
        return asked(api(user), f"/orders/{place_order(user=user).pk}/payment", method="POST").status_code

    assert [opened() for _ in range(3)] == [200, 200, 429]


def test_payments_are_held_most_strictly():
    rates = shop.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    per_minute = {scope: int(rate.removesuffix("/min")) for scope, rate in rates.items()}

    assert per_minute["payments_user"] == min(per_minute.values())
    assert per_minute["payments_address"] < per_minute["user"] < per_minute["address"]


def test_a_forged_forwarding_header_does_not_change_the_address(api, rates, clock):
    rates["address"] = "2/min"

    answers = [asked(api(), "/api/books", X_Forwarded_For=f"198.51.100.{n}") for n in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_behind_a_proxy_of_ours_the_address_is_the_one_it_saw(api, rates, clock, monkeypatch):
    """The proxy appends what it sees; what stood there before was the client's own invention."""
    monkeypatch.setattr("rest_framework.settings.api_settings.NUM_PROXIES", 1)
    rates["address"] = "2/min"

    same = [asked(api(), "/api/books", X_Forwarded_For=f"198.51.100.{n}, {HERE}") for n in range(3)]
    other = asked(api(), "/api/books", X_Forwarded_For=f"198.51.100.1, {THERE}")

    assert [answer.status_code for answer in same] == [200, 200, 429]
    assert other.status_code == 200
