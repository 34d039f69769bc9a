"""The groups of staff, with what they may do: on a fresh database, after a migration, after all was emptied."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orders import roles

pytestmark = pytest.mark.django_db


def named(permissions):
    return {f"{app}.{name}" for app, name in permissions.values_list("content_type__app_label", "codename")}


def held():
    return {group.name: named(group.permissions) for group in Group.objects.all()}


def as_written():
    return {role: roles.names(role) for role in roles.ROLES}


def test_a_fresh_database_has_the_three_roles():
    assert held() == as_written()


def test_every_permission_that_a_role_names_exists():
    exist = named(Permission.objects.all())

    assert set().union(*as_written().values()) - exist == set()


def test_each_role_may_what_the_one_before_may():
    assert roles.names("Packer") < roles.names("Manager") < roles.names("Owner")


def test_a_packer_has_nothing_to_do_with_money():
    about_money = ("payments.", "refund", "takings", "export", "cancel")

    assert [name for name in roles.names("Packer") if any(part in name for part in about_money)] == []


def test_nobody_gets_at_secrets_by_a_role():
    rooms = {name.split(".")[0] for name in roles.names("Owner")}

    assert rooms == {"orders", "payments", "catalog", "cart", "accounts", "auth"}


@pytest.mark.django_db(transaction=True)
def test_the_roles_are_there_again_after_all_tables_were_emptied():
    call_command("flush", interactive=False, verbosity=0)

    assert held() == as_written()


def test_migrating_brings_a_role_back_to_what_is_written():
    packer = Group.objects.get(name="Packer")
    packer.permissions.set(Permission.objects.filter(codename__in=["refund_order", "ship_order"]))
    Group.objects.get(name="Owner").delete()
    Group.objects.create(name="Trainee")

    roles.make_up_to_date()

    assert held() == as_written() | {"Trainee": set()}


def test_when_nothing_has_changed_nothing_is_written(django_assert_max_num_queries):
    with django_assert_max_num_queries(45) as queries:
        roles.make_up_to_date()

    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []


def test_models_from_before_some_of_the_tables_are_no_trouble():
    as_it_was = MigrationExecutor(connection).loader.project_state(("orders", "0001_initial")).apps

    roles.make_up_to_date(apps=as_it_was)

    assert "orders.view_order" in held()["Packer"]


@pytest.mark.django_db(transaction=True)
def test_the_migration_makes_the_groups():
    Group.objects.all().delete()
    migration = import_module("orders.migrations.0007_roles")

    with connection.schema_editor() as editor:
        migration.make_groups(apps, editor)

    assert set(Group.objects.values_list("name", flat=True)) == set(migration.ROLES) == set(roles.ROLES)
