from django.apps import AppConfig


class BookstoreConfig(AppConfig):
    name = "bookstore"

    def ready(self) -> None:
        from . import checks  # noqa: F401
