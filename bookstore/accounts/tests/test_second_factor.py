"""A code from the phone after the password, for staff who want it or have to."""

import re

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken

from bookstore.accounts import checks
from bookstore.accounts.factories import PASSWORD, StaffFactory, UserFactory

from .phone import code_of, with_second_factor, wrong_code

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/accounts/user/"
SET_UP, CODE = "/admin/second-factor/", "/admin/second-factor/code/"


@pytest.fixture
def clock():
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        yield clock


@pytest.fixture
def pat():
    return StaffFactory(email="pat@example.com")


@pytest.fixture
def careful(clock, pat):
    """Pat, with a phone."""
    return with_second_factor(pat)


def sign_in(client, then=PEOPLE):
    sent = {"username": "pat@example.com", "password": PASSWORD, "next": then}
    return client.post("/admin/login/", sent, follow=True)


def phone(user):
    return user.totpdevice_set.get(confirmed=True)


def enter(client, code, then=PEOPLE):
    return client.post(CODE, {"code": code, "next": then})


def is_in(client):
    return client.get(PEOPLE).status_code == 200


def set_up(client, user):
    """Switch it on; the recovery codes."""
    client.post(SET_UP, {"act": "begin"})
    answer = client.post(
        SET_UP, {"act": "confirm", "code": code_of(user.totpdevice_set.get(confirmed=False))}
    )
    return answer.context["codes"]


def test_without_a_second_factor_the_password_is_enough(client, pat):
    assert sign_in(client).redirect_chain == [(PEOPLE, 302)]


def test_with_one_the_password_leads_to_the_code_and_the_code_to_where_one_was_going(client, careful):
    page = sign_in(client)

    assert page.redirect_chain[-1][0].startswith(CODE)
    assert not is_in(client)
    assert enter(client, code_of(phone(careful))).url == PEOPLE
    assert is_in(client)


def test_who_came_in_by_the_shops_door_is_asked_as_well(client, careful):
    client.post("/account/sign-in/", {"username": "pat@example.com", "password": PASSWORD})

    assert client.get("/account/").status_code == 200
    assert client.get(PEOPLE, follow=True).redirect_chain[-1][0].startswith(CODE)


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_code_never_leads_out_of_the_shop(client, careful, then):
    sign_in(client)

    assert enter(client, code_of(phone(careful)), then).url == "/admin/"


def test_a_wrong_code_opens_nothing(client, careful):
    sign_in(client)

    answer = enter(client, wrong_code(phone(careful)))

    assert "This code is not right" in answer.text
    assert not is_in(client)


@pytest.mark.parametrize("code", ["", "12345", "１２３４５６", "a" * 31, "12345678901234567890"])
def test_what_is_no_code_is_said(client, careful, code):
    sign_in(client)

    answer = enter(client, code)

    assert answer.status_code == 200
    assert answer.context["form"].errors["code"]


def test_a_code_works_once(client, careful):
    code = code_of(phone(careful))
    sign_in(client)
    enter(client, code)
    thief = Client()
    sign_in(thief)

    assert "was used before" in enter(thief, code).text
    assert not is_in(thief)


def test_each_wrong_code_makes_the_next_try_wait_longer(client, careful, clock):
    sign_in(client)
    waits = []
    for _ in range(5):
        enter(client, wrong_code(phone(careful)))
        refused = enter(client, code_of(phone(careful)))
        waits.append((refused.status_code, int(refused["Retry-After"])))
        clock.shift(waits[-1][1])

    assert waits == [(429, 1), (429, 2), (429, 4), (429, 8), (429, 16)]
    assert enter(client, code_of(phone(careful))).url == PEOPLE


def test_nobody_gets_further_by_guessing_from_several_windows(careful):
    windows = [Client(), Client()]
    for window in windows:
        sign_in(window)
    enter(windows[0], wrong_code(phone(careful)))

    assert enter(windows[1], code_of(phone(careful))).status_code == 429


def test_the_session_gets_a_new_key_with_the_code(client, careful):
    sign_in(client)
    before = client.session.session_key

    enter(client, code_of(phone(careful)))

    assert client.session.session_key != before


def test_one_persons_code_is_of_no_use_to_another(client, careful):
    other = with_second_factor(StaffFactory())
    sign_in(client)

    enter(client, code_of(phone(other)))

    assert not is_in(client)


def test_setting_it_up_shows_a_picture_and_then_recovery_codes_once(client, pat, clock):
    client.force_login(pat)
    assert not pat.totpdevice_set.exists()

    client.post(SET_UP, {"act": "begin"})
    page = client.get(SET_UP).text
    codes = set_up(client, pat)

    assert "<svg" in page
    assert "style=" not in re.search("<svg.*?</svg>", page, re.S)[0]
    assert len(set(codes)) == 10
    assert is_in(client)  # this window has just shown a code
    assert codes[0] not in client.get(SET_UP).text
    assert "on</strong>" in client.get(SET_UP).text


def test_other_windows_of_the_person_are_asked_for_a_code_from_then_on(client, pat, clock):
    elsewhere = Client()
    elsewhere.force_login(pat)
    client.force_login(pat)

    set_up(client, pat)

    assert not is_in(elsewhere)


def test_looking_at_the_page_changes_nothing(client, pat):
    client.force_login(pat)

    assert "Set it up" in client.get(SET_UP).text
    assert not pat.totpdevice_set.exists()


def test_a_wrong_first_code_switches_nothing_on(client, pat, clock):
    client.force_login(pat)
    client.post(SET_UP, {"act": "begin"})

    answer = client.post(SET_UP, {"act": "confirm", "code": wrong_code(pat.totpdevice_set.get())})

    assert "This code is not right" in answer.text
    assert not pat.totpdevice_set.filter(confirmed=True).exists()
    assert is_in(client)


def test_a_secret_that_was_shown_long_ago_cannot_be_confirmed(client, pat, clock):
    client.force_login(pat)
    client.post(SET_UP, {"act": "begin"})
    for _ in range(4):
        clock.shift(20 * 60)
        client.get(PEOPLE)

    client.post(SET_UP, {"act": "confirm", "code": code_of(pat.totpdevice_set.get())})

    assert not pat.totpdevice_set.filter(confirmed=True).exists()


def test_a_recovery_code_lets_in_once_however_it_is_typed(client, pat, clock):
    client.force_login(pat)
    first, second, *_ = set_up(client, pat)
    elsewhere = Client()
    sign_in(elsewhere)

    assert enter(elsewhere, f" {first.upper()} ").url == PEOPLE
    again = Client()
    sign_in(again)
    assert "was used before" in enter(again, first).text
    clock.shift(2)
    assert enter(again, second.replace("-", "")).url == PEOPLE


def test_recovery_codes_cannot_be_read_from_the_database(client, pat, clock):
    client.force_login(pat)
    codes = {code.replace("-", "") for code in set_up(client, pat)}

    kept = set(StaticToken.objects.values_list("token", flat=True))

    assert len(kept) == 10
    assert not kept & codes


@pytest.fixture
def inside(client, careful):
    sign_in(client)
    enter(client, code_of(phone(careful)))
    return client


def next_code(user, clock):
    clock.shift(30)
    return code_of(phone(user))


def test_new_recovery_codes_take_the_place_of_the_old(inside, careful, clock):
    old = set(StaticToken.objects.values_list("token", flat=True))

    inside.post(SET_UP, {"act": "codes", "code": next_code(careful, clock)})

    assert StaticToken.objects.count() == 10
    assert not old & set(StaticToken.objects.values_list("token", flat=True))


def test_moving_to_another_phone(inside, careful, clock):
    old = phone(careful)
    inside.post(SET_UP, {"act": "begin", "code": next_code(careful, clock)})
    assert phone(careful) == old  # until the new one has shown a code

    set_up_code = code_of(careful.totpdevice_set.get(confirmed=False))
    inside.post(SET_UP, {"act": "confirm", "code": set_up_code})

    assert careful.totpdevice_set.get() != old
    assert is_in(inside)


def test_switching_it_off(inside, careful, clock):
    inside.post(SET_UP, {"act": "off", "code": next_code(careful, clock)})

    assert not careful.totpdevice_set.exists()
    assert not StaticToken.objects.exists()
    assert is_in(inside)
    assert "switched off" in LogEntry.objects.latest("pk").change_message


@pytest.mark.parametrize("act", ["begin", "codes", "off"])
def test_whoever_sits_down_at_an_open_window_changes_nothing_without_a_code(inside, careful, act):
    before = phone(careful), set(StaticToken.objects.values_list("token", flat=True))

    answer = inside.post(SET_UP, {"act": act, "code": wrong_code(phone(careful))})

    assert "This code is not right" in answer.text
    assert before == (phone(careful), set(StaticToken.objects.values_list("token", flat=True)))
    assert careful.totpdevice_set.count() == 1


def test_the_password_alone_does_not_reach_the_page_where_it_is_switched_off(client, careful):
    sign_in(client)

    for ask in (client.get, client.post):
        assert ask(SET_UP, {"act": "off"}).status_code == 302
    assert careful.totpdevice_set.exists()


def test_where_it_is_required_nobody_gets_further_before_setting_it_up(client, pat, clock, settings):
    settings.STAFF_SECOND_FACTOR = "required"

    page = sign_in(client)
    assert page.redirect_chain[-1][0].startswith(SET_UP)
    assert "asks all staff for a second factor" in page.text
    assert not is_in(client)
    set_up(client, pat)

    assert is_in(client)


def test_where_it_is_required_it_is_not_switched_off(inside, careful, clock, settings):
    settings.STAFF_SECOND_FACTOR = "required"

    page = inside.post(SET_UP, {"act": "off", "code": next_code(careful, clock)}, follow=True)

    assert "not switched off" in page.text
    assert careful.totpdevice_set.exists()


def test_where_it_is_off_nobody_is_asked_and_nothing_is_offered(client, careful, settings):
    settings.STAFF_SECOND_FACTOR = "off"

    assert sign_in(client).redirect_chain == [(PEOPLE, 302)]
    assert client.get(SET_UP).status_code == 404
    assert "second-factor" not in client.get(PEOPLE).text


def test_a_word_that_is_none_of_the_three_asks_for_more_and_is_reported(client, pat, settings):
    settings.STAFF_SECOND_FACTOR = "yes"

    assert not is_in(client)
    assert sign_in(client).redirect_chain[-1][0].startswith(SET_UP)
    assert [each.id for each in checks.second_factor_mode()] == ["accounts.E002"]


def test_the_settings_of_the_shop_are_fine():
    assert checks.second_factor_mode() == []


def test_the_admin_links_to_the_page(client, pat):
    client.force_login(pat)

    assert f'href="{SET_UP}"' in client.get(PEOPLE).text


@pytest.mark.parametrize("page", [SET_UP, CODE])
def test_shoppers_and_strangers_are_sent_to_the_sign_in(client, page):
    shopper = Client()
    shopper.force_login(UserFactory())

    for visitor in (client, shopper):
        for ask in (visitor.get, visitor.post):
            assert ask(page).url.startswith("/admin/login/")
    assert client.put(page).status_code == 405


def test_a_stranger_who_opens_the_page_comes_back_to_it(client, careful):
    sign_in(client, then=re.search("next=(.*)", client.get(SET_UP).url)[1].replace("%2F", "/"))

    assert client.get("/admin/login/", {"next": SET_UP}).url == f"{CODE}?next={SET_UP.replace('/', '%2F')}"
    assert enter(client, code_of(phone(careful)), SET_UP).url == SET_UP


def test_who_is_in_already_is_sent_on_from_the_page_for_codes(inside):
    assert inside.get(CODE, {"next": PEOPLE}).url == PEOPLE


def test_pages_with_secrets_are_kept_by_no_cache(client, pat):
    client.force_login(pat)
    client.post(SET_UP, {"act": "begin"})

    assert "no-store" in client.get(SET_UP)["Cache-Control"]


def test_a_page_of_the_admin_costs_no_query_more_for_whoever_has_none(
    client, pat, settings, django_assert_num_queries
):
    client.force_login(pat)
    client.get("/admin/password_change/")

    with django_assert_num_queries(2):  # session and user
        client.get("/admin/password_change/")
