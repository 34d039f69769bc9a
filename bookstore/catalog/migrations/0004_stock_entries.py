"""Forms of staff that move stock have one effect each; the history of stock keeps which form it was."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from bookstore.append_only import refuse_rewriting

KEPT = ("id", "book_id", "delta", "reason", "order_id", "note", "at")


def refuse_rewriting_movements(*kept):
    return refuse_rewriting(
        "catalog_stockmovement",
        name="stock_movement_is_written_once",
        kept=kept,
        forgotten="actor_id",
    )


before = refuse_rewriting_movements(*KEPT)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_staff_permissions")]

    operations = [
        migrations.CreateModel(
            name="StockEntry",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={"verbose_name_plural": "stock entries", "ordering": ["-at"]},
        ),
        migrations.RunPython(before.reverse_code, before.code),
        migrations.AddField(
            model_name="stockmovement",
            name="entry",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="movements",
                to="catalog.stockentry",
            ),
        ),
        refuse_rewriting_movements(*KEPT, "entry_id"),
    ]
