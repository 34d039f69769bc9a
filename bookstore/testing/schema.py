"""Describes a database's schema so that two can be compared: every column, constraint and index as one line of text."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg

# Order of columns is left out on purpose: it depends on the order of migrations and means nothing.
POSTGRESQL = {
    "column": """
        SELECT concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                         CASE WHEN a.attnotnull THEN 'not null' END,
                         'default ' || pg_get_expr(d.adbin, d.adrelid),
                         'identity ' || nullif(a.attidentity::text, ''),
                         'generated ' || nullif(a.attgenerated::text, ''),
                         'collate ' || a.attcollation::regcollation::text)
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "constraint": """
        SELECT concat_ws(' ', conrelid::regclass::text, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "index": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


def of_postgresql(connection: psycopg.Connection) -> set[str]:
    return {f"{kind}: {line}" for kind, sql in POSTGRESQL.items() for (line,) in connection.execute(sql)}


def of_sqlite(path: Path) -> set[str]:
    """SQLite keeps the statements; those of tables are taken apart into columns and constraints."""
    connection = sqlite3.connect(path)
    try:
        objects = connection.execute(
            "SELECT type, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
    finally:
        connection.close()
    return {line for kind, table, sql in objects for line in _lines(kind, table, sql)}


def differences(expected: set[str], actual: set[str]) -> list[str]:
    """What is missing (-) and what is there too much (+), in an order that puts a table's lines together."""
    changes = [(line, "-") for line in expected - actual] + [(line, "+") for line in actual - expected]
    return [f"{sign} {line}" for line, sign in sorted(changes)]


def _lines(kind: str, table: str, sql: str) -> Iterator[str]:
    if kind != "table":
        yield f"{kind}: {_normalised(sql)}"
        return
    yield f"table: {table}"
    opening, closing = sql.index("("), sql.rindex(")")
    for clause in _split(sql[opening + 1 : closing]):
        yield f"column or constraint: {table} {_normalised(clause)}"
    if options := _normalised(sql[closing + 1 :]):
        yield f"table options: {table} {options}"


def _split(clauses: str) -> Iterator[str]:
    """At the commas outside of parentheses and quotes."""
    depth, start = 0, 0
    for match in re.finditer(r"'[^']*'|\"[^\"]*\"|[(),]", clauses):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if match.group() == "," and depth == 0:
            yield clauses[start : match.start()]
            start = match.end()
    yield clauses[start:]


def _normalised(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()
