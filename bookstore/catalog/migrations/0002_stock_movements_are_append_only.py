"""The database itself refuses to rewrite the history of stock."""

from django.db import migrations

from bookstore.append_only import refuse_rewriting


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        refuse_rewriting(
            "catalog_stockmovement",
            name="stock_movement_is_written_once",
            kept=("id", "book_id", "delta", "reason", "order_id", "note", "at"),
            forgotten="actor_id",
        )
    ]
