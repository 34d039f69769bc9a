"""What holds for every test: no network but this machine, and tests run where they can."""

import pytest
from django.db import connection

from bookstore.testing import chromium, network

pytest_plugins = [
    "bookstore.testing.stripe",
    "bookstore.testing.api",
    "bookstore.testing.browser",
    "bookstore.testing.figures",
]


def pytest_configure(config: pytest.Config) -> None:
    network.block()


@pytest.hookimpl(tryfirst=True)  # before pytest selects by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _uses_the_database(item):
            item.add_marker("database")
    if connection.vendor != "postgresql":
        _skip(items, "postgres", "needs PostgreSQL's row locks: make test-postgres")
    if any("browser" in item.keywords for item in items) and chromium.find() is None:
        _skip(items, "browser", chromium.MISSING)


def _uses_the_database(item: pytest.Item) -> bool:
    return "django_db" in item.keywords or "_django_db_helper" in getattr(item, "fixturenames", ())


def _skip(items: list[pytest.Item], marker: str, reason: str) -> None:
    for item in items:
        if marker in item.keywords:
            item.add_marker(pytest.mark.skip(reason=reason))
