"""`/healthz`: the process is up. `/readyz`: it can serve. Asked by load balancers, over plain HTTP."""

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from bookstore import readiness


@pytest.fixture(autouse=True)
def unknown():
    """This process has not looked at its migrations yet, nor remembers afterwards what a test made it see."""
    readiness._migrated.clear()
    yield
    readiness._migrated.clear()


def test_a_process_that_is_up_says_so_without_its_database(client):
    """This test has no access to the database."""
    answer = client.get("/healthz")

    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_process_with_a_database_that_is_up_to_date_is_ready(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_before_its_migrations_are_applied_it_is_not_ready(client):
    MigrationRecorder.Migration.objects.filter(app="accounts").delete()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.text) == (503, "migrations are missing\n")


@pytest.mark.django_db
def test_while_its_database_is_away_it_is_not_ready(client, monkeypatch):
    def down(*args, **kwargs):
        raise OperationalError("connection to shop-db:5432 refused")

    client.get("/readyz")
    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", down)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.text) == (503, "the database does not answer\n")


@pytest.mark.django_db
def test_migrations_are_looked_at_until_they_are_applied_and_then_no_more(client, django_assert_num_queries):
    client.get("/readyz")

    with django_assert_num_queries(1):
        client.get("/readyz")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_they_are_only_read(client, path):
    assert client.post(path).status_code == 405


def test_load_balancers_need_no_tls(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200
    assert client.get("/cart/").status_code == 301
