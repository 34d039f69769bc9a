"""The audit as its tests read it, and a database that lets itself be spoiled."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, models, transaction

from orders.audit import audit


@pytest.fixture
def broken(db):
    """`broken()`: what is wrong in words, by the number of the invariant. `broken(5)`: that of the fifth."""

    def look(number=None):
        found = {finding.number: list(finding.offences) for finding in audit() if finding.is_broken}
        return found if number is None else found.get(number, [])

    return look


@contextmanager
def lawless(*tables: type[models.Model]) -> Iterator[None]:
    """Tables without constraints and triggers, as long as the block lasts; then everything is as it was before."""
    with transaction.atomic(), connection.cursor() as cursor:
        for model in tables:
            FREE[connection.vendor](cursor, model._meta.db_table, model._meta.pk.column)
        yield
        transaction.set_rollback(True)


def spoil(model: type[models.Model], **changes) -> None:
    """Write into all rows what no code of ours would."""
    models.QuerySet(model).update(**changes)


def _free_on_sqlite(cursor, table, key):
    cursor.execute("PRAGMA legacy_alter_table = ON")  # other tables go on pointing to the name
    cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM {table}_before")
    cursor.execute(f"CREATE UNIQUE INDEX {table}_key ON {table} ({key})")
    cursor.execute("PRAGMA legacy_alter_table = OFF")


def _free_on_postgresql(cursor, table, key):
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('u', 'c')", [table]
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    cursor.execute(
        "SELECT indexrelid::regclass FROM pg_index WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
        [table],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP INDEX {name}")
    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


FREE = {"sqlite": _free_on_sqlite, "postgresql": _free_on_postgresql}
