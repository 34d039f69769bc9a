"""The database itself refuses to rewrite the history of an order."""

from django.db import migrations

from bookstore.append_only import refuse_rewriting


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_delivery_methods")]

    operations = [
        refuse_rewriting(
            "orders_orderevent",
            name="order_event_is_written_once",
            kept=("id", "order_id", "kind", "text", "at"),
            forgotten="actor_id",
        )
    ]
