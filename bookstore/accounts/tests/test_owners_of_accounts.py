"""An owner looks after the people who work in the shop, and cannot become more than an owner by that."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from bookstore.accounts.factories import PASSWORD, StaffFactory, UserFactory
from bookstore.accounts.models import User

from .phone import with_second_factor

pytestmark = pytest.mark.django_db


def somebody(role, **person):
    user = StaffFactory(is_superuser=False, **person)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def owner():
    client = Client()
    client.force_login(somebody("Owner", email="olive@example.com"))
    return client


def page(user, name="change"):
    return reverse(f"admin:accounts_user_{name}", args=[user.pk])


def save(client, user, **changes):
    data = {"email": user.email, "full_name": user.full_name, "is_active": "on"} | changes
    return client.post(page(user), data)


def groups(*names):
    return [group.pk for group in Group.objects.filter(name__in=names)]


def test_an_owner_hires_somebody_as_a_packer(owner):
    owner.post(
        reverse("admin:accounts_user_add"),
        {"email": "pat@example.com", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD},
    )
    pat = User.objects.get(email="pat@example.com")

    save(owner, pat, is_staff="on", groups=groups("Packer"))

    pat = User.objects.get(pk=pat.pk)
    assert pat.is_staff
    assert pat.has_perm("orders.ship_order")
    assert not pat.has_perm("payments.view_payment")


def test_an_owner_makes_nobody_a_superuser_and_gives_no_single_rights(owner):
    pat = somebody("Packer")
    right = Permission.objects.get(codename="delete_user")

    save(owner, pat, is_staff="on", is_superuser="on", user_permissions=[right.pk], groups=groups("Packer"))

    pat.refresh_from_db()
    assert not pat.is_superuser
    assert not pat.user_permissions.exists()


def test_an_owner_cannot_raise_themselves(owner):
    olive = User.objects.get(email="olive@example.com")
    right = Permission.objects.get(codename="delete_user")

    save(owner, olive, is_staff="on", is_superuser="on", user_permissions=[right.pk], groups=groups("Owner"))

    olive.refresh_from_db()
    assert not olive.is_superuser
    assert not olive.user_permissions.exists()


def test_a_group_that_may_more_than_the_owner_is_not_the_owners_to_give(owner):
    auditors = Group.objects.create(name="Auditors")
    auditors.permissions.add(Permission.objects.get(codename="view_dbtaskresult"))
    pat = somebody("Packer")

    answer = save(owner, pat, is_staff="on", groups=[auditors.pk])

    assert "Select a valid choice" in answer.text
    assert [group.name for group in pat.groups.all()] == ["Packer"]


@pytest.fixture(params=["superuser", "closed superuser", "a right of their own", "closed, in a higher group"])
def higher(request):
    match request.param:
        case "superuser":
            return StaffFactory()
        case "closed superuser":
            return StaffFactory(is_active=False)
        case "a right of their own":
            user = somebody("Packer")
            user.user_permissions.add(Permission.objects.get(codename="delete_user"))
            return user
    auditors = Group.objects.create(name="Auditors")
    auditors.permissions.add(Permission.objects.get(codename="view_dbtaskresult"))
    user = StaffFactory(is_superuser=False, is_active=False)
    user.groups.add(auditors)
    return user


def test_an_owner_does_not_touch_whoever_may_more(owner, higher):
    password = higher.password

    seen = owner.get(page(higher))
    assert seen.status_code == 200
    assert password not in seen.text
    assert save(owner, higher, email="mine@example.com").status_code == 403
    new_password = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    reset = reverse("admin:auth_user_password_change", args=[higher.pk])
    assert owner.post(reset, new_password).status_code == 403

    higher.refresh_from_db()
    assert (higher.email != "mine@example.com", higher.password) == (True, password)


def test_an_owner_sets_the_password_of_a_packer(owner):
    pat = somebody("Packer")
    fresh = "three owls on a wire"

    owner.post(
        reverse("admin:auth_user_password_change", args=[pat.pk]),
        {"password1": fresh, "password2": fresh, "usable_password": "true"},
    )

    pat.refresh_from_db()
    assert pat.check_password(fresh)


def test_a_superuser_still_may_everything(client):
    client.force_login(StaffFactory())
    pat = somebody("Packer")

    save(client, pat, is_staff="on", is_superuser="on", groups=groups("Owner"))

    pat.refresh_from_db()
    assert pat.is_superuser


def switch_off(client, *people, **confirmed):
    data = {"action": "switch_second_factor_off", "_selected_action": [user.pk for user in people]}
    return client.post(reverse("admin:accounts_user_changelist"), data | confirmed, follow=True)


def test_an_owner_helps_whoever_has_lost_the_phone(owner):
    pat = with_second_factor(somebody("Packer"))

    asked = switch_off(owner, pat)
    assert "speak with them" in asked.text
    assert pat.totpdevice_set.exists()
    switch_off(owner, pat, confirmed="yes")

    assert not pat.totpdevice_set.exists()
    assert not pat.staticdevice_set.exists()
    assert "phone lost" in LogEntry.objects.get(object_id=str(pat.pk)).change_message


def test_the_second_factor_of_whoever_may_more_stays_on(owner):
    boss = with_second_factor(StaffFactory())

    answer = switch_off(owner, boss, confirmed="yes")

    assert "Not yours to change" in answer.text
    assert boss.totpdevice_set.exists()


def test_the_list_says_who_has_a_second_factor(owner, django_assert_max_num_queries):
    with_second_factor(somebody("Packer"))
    UserFactory.create_batch(5)

    with django_assert_max_num_queries(10):
        answer = owner.get(reverse("admin:accounts_user_changelist"))

    assert answer.text.count("icon-yes") > 0


@pytest.mark.parametrize("question", ["totpdevice__key__startswith", "password__startswith"])
def test_nobody_finds_secrets_letter_by_letter(owner, question):
    assert owner.get(reverse("admin:accounts_user_changelist"), {question: "a"}).status_code == 400


@pytest.mark.parametrize("app", ["otp_totp", "otp_static", "token_blacklist", "djstripe"])
def test_secrets_have_no_pages_even_for_superusers(client, app):
    client.force_login(StaffFactory())

    assert client.get(f"/admin/{app}/").status_code == 404
