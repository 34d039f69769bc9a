"""Time that passes in a test, for the shop and the sandbox alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import time_machine
from django.utils import timezone


@contextmanager
def later(**span: float) -> Iterator[None]:
    """`with later(minutes=5):` everybody's clock is five minutes on."""
    with time_machine.travel(timezone.now() + timedelta(**span)):
        yield
