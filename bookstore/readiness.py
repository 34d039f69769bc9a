"""Whether this process can serve: its database answers, and has the tables that this code was made for."""

import threading

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

_migrated = threading.Event()
"""Once applied, the migrations that this process knows of stay applied: looking once is enough."""


def trouble() -> str:
    """Why this process should get no requests now; "" when it may."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated.is_set():
            if unapplied_migrations():
                return "migrations are missing"
            _migrated.set()
    except DatabaseError:
        return "the database does not answer"
    return ""


def unapplied_migrations() -> list[str]:
    """Their names, in the order in which they would be applied."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
