"""`manage.py check --deploy --database default` on the demo's admin."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from bookstore.accounts.checks import DEMO_ADMIN, demo_admin
from bookstore.accounts.demo import ADMIN_EMAIL, ADMIN_PASSWORD, STAFF
from bookstore.accounts.models import User

pytestmark = pytest.mark.django_db


def found(databases=("default",)):
    return [message.id for message in demo_admin(databases=list(databases))]


@pytest.fixture
def admin():
    return User.objects.create_superuser(ADMIN_EMAIL, ADMIN_PASSWORD)


def test_the_demos_password_is_refused_in_production(admin):
    assert found() == [DEMO_ADMIN]
    with pytest.raises(SystemCheckError, match=f"changepassword {ADMIN_EMAIL}"):
        call_command("check", "--deploy", "--tag", "database", "--database", "default")


def test_another_password_is_fine(admin):
    admin.set_password("my own choice")
    admin.save()

    assert found() == []


@pytest.mark.parametrize("email", STAFF)
def test_the_demos_staff_are_refused_as_well(email):
    User.objects.create_user(email, ADMIN_PASSWORD, is_staff=True)

    assert found() == [DEMO_ADMIN]


@pytest.mark.parametrize("lost", ["is_staff", "is_active"])
def test_so_is_one_who_is_not_let_in_any_more(admin, lost):
    setattr(admin, lost, False)
    admin.save()

    assert found() == []


def test_the_demo_keeps_its_admin(admin, settings):
    settings.DEBUG = True

    assert found() == []


def test_a_database_that_was_not_named_is_not_asked(admin, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert found(databases=()) == []


def test_a_database_without_tables_is_fine(admin, monkeypatch):
    monkeypatch.setattr(User._meta, "db_table", "not_migrated_yet")

    assert found() == []
