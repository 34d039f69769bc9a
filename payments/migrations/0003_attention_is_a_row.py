from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0002_attention"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="payment",
            name="attention",
        ),
    ]
