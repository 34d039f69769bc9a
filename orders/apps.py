from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from . import receivers, roles  # noqa: F401

        post_migrate.connect(roles.make_up_to_date, sender=self, dispatch_uid="orders.roles")
