"""A new shop delivers: two ways to start from, for staff to change."""

from decimal import Decimal

from django.db import migrations

METHODS = [
    {
        "name": "Standard",
        "description": "2–4 working days",
        "price": Decimal("2.95"),
        "free_above": Decimal("30.00"),
    },
    {"name": "Express", "description": "Next working day", "price": Decimal("6.95"), "free_above": None},
]


def offer_delivery(apps, schema_editor):
    DeliveryMethod = apps.get_model("orders", "DeliveryMethod")
    for position, method in enumerate(METHODS):
        DeliveryMethod.objects.create(position=position, **method)


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunPython(offer_delivery, migrations.RunPython.noop)]
