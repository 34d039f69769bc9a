"""How long `manage.py audit` takes.

Every order has two lines, its history, its movements, its mails, what Stripe told of it and dj-stripe's copy, in about
the sizes that real ones have. Compared with reading the same tables once from end to end.
"""

from collections.abc import Iterator
from functools import partial
from io import StringIO

from .measuring import Shop, fastest, seconds

GOAL = 5.0
"""Seconds."""


def measure(shop: Shop) -> Iterator[str]:
    from django.core.management import call_command

    audit = partial(call_command, "audit", stdout=StringIO())
    cold, warm = seconds(audit), fastest(audit)
    yield f"{warm:6.2f} s (the first time {cold:.2f} s), {warm / shop.scanned:.1f} times as long as reading all rows"
    yield shop.against(GOAL, warm)
