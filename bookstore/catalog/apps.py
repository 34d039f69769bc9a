from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "bookstore.catalog"
    label = "catalog"
