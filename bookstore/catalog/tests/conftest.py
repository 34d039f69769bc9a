from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What one test left in the cache is not news to the next."""
    cache.clear()
    yield
    cache.clear()
