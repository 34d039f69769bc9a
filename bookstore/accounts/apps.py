from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "bookstore.accounts"
    label = "accounts"
