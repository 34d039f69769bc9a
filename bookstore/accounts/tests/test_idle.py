"""Staff who leave the admin alone are signed out; shoppers stay signed in."""

import pytest
import time_machine

from bookstore.accounts.factories import PASSWORD, StaffFactory, UserFactory
from bookstore.catalog.factories import BookFactory

pytestmark = pytest.mark.django_db

MINUTE = 60
NOW = 1_800_000_000
PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def pat(clock):
    return StaffFactory(email="pat@example.com")


@pytest.fixture
def desk(client, pat):
    client.force_login(pat)
    return client


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_half_an_hour_without_the_admin_ends_the_session(desk, clock):
    clock.shift(31 * MINUTE)

    answer = desk.get(PEOPLE)

    assert answer.url == f"/admin/login/?next={PEOPLE}"
    assert not is_signed_in(desk)


def test_each_request_in_the_admin_begins_the_half_hour_anew(desk, clock):
    for _ in range(10):
        clock.shift(20 * MINUTE)
        assert desk.get(PEOPLE).status_code == 200


def test_reading_in_the_shop_does_not(desk, clock):
    clock.shift(20 * MINUTE)
    desk.get("/account/")
    clock.shift(20 * MINUTE)

    assert desk.get("/account/").status_code == 302
    assert desk.get(PEOPLE).status_code == 302


def test_signing_in_again_leads_back_and_says_why_it_was_needed(desk, clock):
    clock.shift(31 * MINUTE)

    page = desk.get(PEOPLE, follow=True)
    assert "You were signed out because the admin was not used for a while" in page.text
    answer = desk.post(
        page.redirect_chain[-1][0], {"username": "pat@example.com", "password": PASSWORD, "next": PEOPLE}
    )

    assert answer.url == PEOPLE
    page = desk.get(PEOPLE)
    assert page.status_code == 200
    assert "You were signed out" not in page.text


def test_a_form_that_comes_too_late_is_not_saved_and_that_is_said(desk, pat, clock):
    clock.shift(31 * MINUTE)

    page = desk.post(f"{PEOPLE}{pat.pk}/change/", {"email": "new@example.com"}, follow=True)

    pat.refresh_from_db()
    assert pat.email == "pat@example.com"
    assert "it was not saved" in page.text
    assert f'value="{PEOPLE}{pat.pk}/change/"' in page.text  # where signing in leads


def test_the_shops_own_page_says_it_too(desk, clock):
    clock.shift(31 * MINUTE)

    assert "You were signed out" in desk.get("/account/", follow=True).text


def test_the_cart_waits_for_them(desk, pat, clock):
    book = BookFactory(title="Emma", stock=3)
    desk.post(f"/cart/add/{book.pk}/", {"quantity": 2})
    before = desk.get("/cart/").context["cart_copies"]
    clock.shift(31 * MINUTE)
    assert desk.get("/cart/").context["cart_copies"] == 0  # whoever sits there now does not see it

    desk.post("/account/sign-in/", {"username": "pat@example.com", "password": PASSWORD})

    assert (before, desk.get("/cart/").context["cart_copies"]) == (2, 2)


def test_shoppers_stay_signed_in_for_weeks(client, clock):
    client.force_login(UserFactory())

    for _ in range(5):
        clock.shift(10 * 24 * 60 * MINUTE)
        assert client.get("/account/").status_code == 200


def test_whoever_becomes_staff_signs_in_anew(client, clock):
    reader = UserFactory()
    client.force_login(reader)
    reader.is_staff = reader.is_superuser = True
    reader.save()

    assert client.get(PEOPLE).status_code == 302
    assert not is_signed_in(client)


def test_how_long_is_a_setting(desk, clock, settings):
    settings.STAFF_IDLE_MINUTES = 5
    clock.shift(6 * MINUTE)

    assert desk.get(PEOPLE).status_code == 302


def test_clicking_about_does_not_write_the_session_each_time(desk, clock):
    desk.get(PEOPLE)
    written = dict(desk.session)
    clock.shift(10)
    desk.get(PEOPLE)
    assert dict(desk.session) == written
    clock.shift(60)
    desk.get(PEOPLE)

    assert dict(desk.session) != written
