"""dj-stripe's tables come from one migration of ours: it must lead to what dj-stripe's own migrations lead to.

The whole shop goes up on either.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from bookstore.testing import schema

UPSTREAM, OURS = "true", "false"


@pytest.mark.slow
@pytest.mark.database
def test_our_migration_of_djstripe_makes_the_same_schema_as_its_own(two_databases):
    upstream, ours = two_databases

    running = [
        upstream.manage("migrate", migrations=UPSTREAM),
        ours.manage("migrate"),
    ]
    outcomes = [process.communicate(timeout=300)[0] for process in running]

    assert [process.returncode for process in running] == [0, 0], outcomes
    assert schema.differences(expected=upstream.schema(), actual=ours.schema()) == []
    for table in ("djstripe_paymentintent", "orders_order"):
        assert len([line for line in ours.schema() if table in line]) > 10
    for database, migrations in ((ours, UPSTREAM), (upstream, OURS)):
        plan, _ = database.manage("migrate", "--plan", migrations=migrations).communicate(timeout=60)
        assert "No planned migration operations" in plan


def test_the_comparison_of_sqlite_schemas_sees_small_differences(tmp_path):
    def made_by(name: str, *statements: str) -> set[str]:
        database = sqlite3.connect(tmp_path / name)
        for statement in statements:
            database.execute(statement)
        database.close()
        return schema.of_sqlite(tmp_path / name)

    price = "price decimal(10, 2) NOT NULL CHECK (price >= 0)"
    book = f"CREATE TABLE book (id integer PRIMARY KEY, {price}, title text)"
    other_order = f"CREATE TABLE book (id integer PRIMARY KEY, title text,\n {price})"
    expected = made_by("expected", book)

    assert schema.differences(expected, made_by("same", other_order)) == []
    assert schema.differences(expected, made_by("nullable", book.replace("NOT NULL ", ""))) == [
        "+ column or constraint: book price decimal(10, 2) CHECK (price >= 0)",
        "- column or constraint: book price decimal(10, 2) NOT NULL CHECK (price >= 0)",
    ]
    assert schema.differences(expected, made_by("unchecked", book.replace("CHECK (price >= 0)", "")))
    assert schema.differences(expected, made_by("index", book, "CREATE INDEX by_title ON book (title)")) == [
        "+ index: CREATE INDEX by_title ON book (title)"
    ]


@pytest.mark.postgres
@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE book ALTER price DROP NOT NULL",
        "ALTER TABLE book ALTER price TYPE numeric(12, 2)",
        "ALTER TABLE book ALTER price SET DEFAULT 1",
        "ALTER TABLE book ADD title text",
        "ALTER TABLE book ADD CHECK (price >= 0)",
        "ALTER TABLE book DROP CONSTRAINT book_pkey",
        "CREATE INDEX by_price ON book (price)",
        "CREATE TABLE author (id int)",
    ],
)
def test_the_comparison_of_postgresql_schemas_sees_small_differences(two_databases, change):
    database, _ = two_databases
    with psycopg.connect(database.dsn) as server:
        server.execute("CREATE TABLE book (id int PRIMARY KEY, price numeric(10, 2) NOT NULL)")
        expected = schema.of_postgresql(server)

        server.execute(change)

        assert schema.differences(expected, schema.of_postgresql(server))


@dataclass
class Database:
    """A fresh one, of the kind the tests run on."""

    url: str
    path: Path | None = None
    dsn: str = ""

    def manage(self, *arguments: str, migrations: str = OURS) -> "subprocess.Popen[str]":
        environment = {"DATABASE_URL": self.url, "DJSTRIPE_UPSTREAM_MIGRATIONS": migrations}
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments, "--skip-checks", "--settings=bookstore.settings_tests"],
            cwd=settings.BASE_DIR,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def schema(self) -> set[str]:
        if self.path:
            return schema.of_sqlite(self.path)
        with psycopg.connect(self.dsn) as server:
            return schema.of_postgresql(server)


@pytest.fixture
def two_databases(tmp_path) -> Iterator[list[Database]]:
    if connection.vendor == "sqlite":
        paths = [tmp_path / "first.sqlite3", tmp_path / "second.sqlite3"]
        yield [Database(f"sqlite:///{path}", path=path) for path in paths]
        return
    names = [f"schema_{os.getpid()}_{number}" for number in (1, 2)]
    with postgresql_databases(names) as databases:
        yield databases


@contextmanager
def postgresql_databases(names: list[str]) -> Iterator[list[Database]]:
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    place = connection.get_connection_params() | {"dbname": "postgres"}
    with psycopg.connect(psycopg.conninfo.make_conninfo(**wanted(place)), autocommit=True) as maintenance:
        for name in names:
            maintenance.execute(f"CREATE DATABASE {name}")
        try:
            dsns = [psycopg.conninfo.make_conninfo(**wanted(place | {"dbname": name})) for name in names]
            yield [Database(f"{server}/{name}", dsn=dsn) for name, dsn in zip(names, dsns, strict=True)]
        finally:
            for name in names:
                maintenance.execute(f"DROP DATABASE {name} WITH (FORCE)")


def wanted(parameters: dict) -> dict:
    """Django's own parameters include Python objects; where the server is, is all we need."""
    return {
        key: parameters[key] for key in ("host", "port", "user", "password", "dbname") if key in parameters
    }
