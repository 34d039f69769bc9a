"""Histories that nobody can rewrite: rows are added, never changed or deleted.

`AppendOnly` refuses in the program, `refuse_rewriting` in the database itself.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class WrittenOnce(TypeError):
    """A row of a history was to be changed or deleted. What was wrong is put right by another row."""

    def __init__(self) -> None:
        super().__init__("These rows are neither changed nor deleted; add another one instead.")


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise WrittenOnce

    def delete(self) -> NoReturn:
        raise WrittenOnce


class AppendOnly(models.Model):
    """A model whose rows are written once."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise WrittenOnce
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise WrittenOnce


def refuse_rewriting(table: str, *, name: str, kept: Sequence[str], forgotten: str) -> migrations.RunPython:
    """A migration's operation: the database refuses to change or delete rows of `table`; `name` is the trigger's.

    The one change allowed is Django's own when a user is deleted: `forgotten`, the column that names who acted, becomes
    NULL while the columns `kept` stay. SQLite empties whole tables by DELETE (`manage.py flush`, the teardown of
    tests), so deletion is refused there by the model alone. And SQLite drops a table's triggers whenever Django
    rebuilds it: a later migration that alters the table has to run this operation again. A test of each history tells.
    """
    create = {
        "sqlite": _sqlite(table, name, kept, forgotten),
        "postgresql": _postgresql(table, name, kept, forgotten),
    }
    drop = {
        "sqlite": [f"DROP TRIGGER {name}"],
        "postgresql": [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"],
    }

    def forwards(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in create[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    def backwards(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in drop[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return migrations.RunPython(forwards, backwards)


def _sqlite(table: str, name: str, kept: Sequence[str], forgotten: str) -> list[str]:
    return [
        f"""
        CREATE TRIGGER {name} BEFORE UPDATE ON {table}
        WHEN NOT (NEW.{forgotten} IS NULL AND {_unchanged(kept, "IS")})
        BEGIN SELECT RAISE(ABORT, 'rows of {table} are written once'); END
        """
    ]


def _postgresql(table: str, name: str, kept: Sequence[str], forgotten: str) -> list[str]:
    return [
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF NEW.{forgotten} IS NULL AND {_unchanged(kept, "IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
            END IF;
            RAISE EXCEPTION 'rows of {table} are written once' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        f"""
        CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {name}()
        """,
    ]


def _unchanged(kept: Sequence[str], equals: str) -> str:
    return " AND ".join(f"NEW.{column} {equals} OLD.{column}" for column in kept)
