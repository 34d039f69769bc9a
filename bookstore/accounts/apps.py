from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "bookstore.accounts"
    label = "accounts"

    def ready(self) -> None:
        from . import checks, idle  # noqa: F401
