"""What the database itself holds: the constraints of the models, and the triggers that keep histories as written.

SQLite loses a table's triggers when a migration rebuilds it, PostgreSQL lets a constraint be added without looking at
the rows that are there: the other invariants rest on these.
"""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models

from bookstore.append_only import AppendOnly
from bookstore.catalog.models import StockMovement
from orders.models import OrderEvent

from ..registry import Rule, invariant, select

ROOMS = ("catalog", "cart", "payments", "orders")
NAME = re.compile(r'CONSTRAINT "(\w+)"')
WRITTEN_ONCE: tuple[type[AppendOnly], ...] = (OrderEvent, StockMovement)

# Table, name, and the columns (with commas) that are unique in all of its rows.
HELD = {
    "sqlite": """
        SELECT tables.name, each_index.name, CASE WHEN each_index.partial THEN NULL ELSE (
            SELECT group_concat(columns.name) FROM pragma_index_info(each_index.name) columns
        ) END
        FROM sqlite_master tables JOIN pragma_index_list(tables.name) each_index
        WHERE tables.type = 'table' AND each_index."unique"
    """,
    "postgresql": """
        SELECT indrelid::regclass::text, indexrelid::regclass::text, CASE WHEN indpred IS NOT NULL THEN NULL ELSE (
            SELECT string_agg(attname, ',') FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey)
        ) END
        FROM pg_index WHERE indisunique
        UNION ALL
        SELECT conrelid::regclass::text, conname, NULL FROM pg_constraint WHERE contype = 'c'
    """,
}
WRITTEN_IN_TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
"""Where SQLite has CHECKs and the names of constraints."""

TRIGGERS = {
    "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE %s",
    "postgresql": """
        SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE tgenabled IN ('O', 'A') AND prosrc LIKE %s
    """,
}
INVALID = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated
    UNION ALL
    SELECT indrelid::regclass::text, indexrelid::regclass::text FROM pg_index
    WHERE indisunique AND NOT (indisvalid AND indisready)
"""


def _tables() -> list[type[models.Model]]:
    of_rooms = (model for room in ROOMS for model in apps.get_app_config(room).get_models())
    return [model for model in of_rooms if model._meta.managed and not model._meta.proxy]


def _count() -> int:
    return sum(len(_named(model)) + len(_unique(model)) for model in _tables())


@invariant(
    15,
    "The database holds every constraint that the code declares",
    unit="constraints",
    count=_count,
)
def database_holds_what_code_declares() -> Iterator[Rule]:
    yield Rule("table {} lacks {}", list(_missing()))
    if connection.vendor == "postgresql":
        yield Rule("table {}: {} is not valid for all of its rows", select(INVALID))


def histories_not_kept() -> Iterator[tuple[str]]:
    """Histories whose trigger is gone, or disabled."""
    guarded = {table for (table,) in select(TRIGGERS[connection.vendor], ["%are written once%"])}
    tables = (model._meta.db_table for model in WRITTEN_ONCE)
    return ((table,) for table in tables if table not in guarded)


def _missing() -> Iterator[tuple[str, str]]:
    held = select(HELD[connection.vendor])
    names = {(table, name) for table, name, _ in held} | _names_written_in_tables()
    unique = {(table, columns) for table, _, columns in held}
    for model in _tables():
        table = model._meta.db_table
        yield from ((table, name) for name in _named(model) if (table, name) not in names)
        yield from ((table, f"unique {column}") for column in _unique(model) if (table, column) not in unique)


def _names_written_in_tables() -> set[tuple[str, str]]:
    if connection.vendor != "sqlite":
        return set()
    return {(table, name) for table, sql in select(WRITTEN_IN_TABLES) for name in NAME.findall(sql)}


def _named(model: type[models.Model]) -> list[str]:
    return [str(constraint.name) for constraint in model._meta.constraints]


def _unique(model: type[models.Model]) -> list[str]:
    """Columns; not the numbers that the database itself counts."""
    fields = (field for field in model._meta.local_concrete_fields if field.unique)
    return [str(field.column) for field in fields if not isinstance(field, models.AutoField)]
