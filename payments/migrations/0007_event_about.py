from typing import Any

from django.db import migrations, models
from django.db.models import F
from django.db.models.fields.json import KT

TOLD = "payload__data__object"


def find_intents(apps: Any, schema_editor: Any) -> None:
    """As payments.inbox does when an event comes: of an intent its id, of anything else the intent it belongs to."""
    events = apps.get_model("payments", "StripeEvent").objects.all()
    intents = events.filter(**{f"{TOLD}__object": "payment_intent"})
    intents.annotate(intent=KT(f"{TOLD}__id")).update(about=F("intent"))
    others = events.filter(about="", **{f"{TOLD}__payment_intent__startswith": "pi_"})
    others.annotate(intent=KT(f"{TOLD}__payment_intent")).update(about=F("intent"))


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0006_staff_permissions"),
    ]

    operations = [
        migrations.AddField(
            model_name="stripeevent",
            name="about",
            field=models.CharField(
                blank=True,
                db_default="",
                db_index=True,
                editable=False,
                max_length=255,
                verbose_name="PaymentIntent",
            ),
        ),
        migrations.RunPython(find_intents, migrations.RunPython.noop, elidable=True),
    ]
