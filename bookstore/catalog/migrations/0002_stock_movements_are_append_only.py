"""The database itself refuses to rewrite the history of stock.

The one change allowed is Django's own when a user is deleted: the actor becomes unknown. SQLite empties whole tables by
DELETE (`manage.py flush`, the teardown of tests), so deletion is refused there by the model alone.

SQLite drops a table's triggers whenever Django rebuilds it: a later migration that alters `catalog_stockmovement`
has to run `create_triggers` again. A test tells.
"""

from typing import Any

from django.db import migrations

KEPT = ("id", "book_id", "delta", "reason", "order_id", "note", "at")
REFUSAL = "stock movements are written once"


def _unchanged(equals: str) -> str:
    return " AND ".join(f"NEW.{column} {equals} OLD.{column}" for column in KEPT)


SQLITE = [
    f"""
    CREATE TRIGGER stock_movement_is_written_once BEFORE UPDATE ON catalog_stockmovement
    WHEN NOT (NEW.actor_id IS NULL AND {_unchanged("IS")})
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """
]
POSTGRESQL = [
    f"""
    CREATE FUNCTION refuse_to_rewrite_stock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.actor_id IS NULL AND {_unchanged("IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER stock_movement_is_written_once BEFORE UPDATE OR DELETE ON catalog_stockmovement
    FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_stock()
    """,
]
UNDO = {
    "sqlite": ["DROP TRIGGER stock_movement_is_written_once"],
    "postgresql": [
        "DROP TRIGGER stock_movement_is_written_once ON catalog_stockmovement",
        "DROP FUNCTION refuse_to_rewrite_stock()",
    ],
}


def create_triggers(apps: Any, schema_editor: Any) -> None:
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop_triggers(apps: Any, schema_editor: Any) -> None:
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(create_triggers, drop_triggers)]
