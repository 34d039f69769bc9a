from django.db import migrations

ROLES = ("Packer", "Manager", "Owner")


def make_groups(apps, schema_editor):
    """Their permissions follow once all tables are there, as always when migrating has ended: see orders/roles.py."""
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    for name in ROLES:
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_staff_permissions"),
        ("payments", "0006_staff_permissions"),
        ("catalog", "0003_staff_permissions"),
        ("cart", "0001_initial"),
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop, elidable=False)]
