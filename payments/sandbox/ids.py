"""Identifiers in Stripe's forms, from a seeded source."""

from __future__ import annotations

import random
import string

ALPHABET = string.ascii_letters + string.digits

# prefix -> (fixed start, random characters), as seen in ids that Stripe gives out
FORMS: dict[str, tuple[str, int]] = {
    "pi": ("3", 23),
    "ch": ("3", 23),
    "py": ("3", 23),
    "re": ("3", 23),
    "txn": ("3", 23),
    "pm": ("1", 23),
    "evt": ("3", 23),
    "du": ("1", 23),
    "src": ("1", 23),
    "we": ("1", 23),
    "issfr": ("1", 23),
    "cus": ("", 14),
    "req": ("", 14),
    "acct": ("1", 15),
    "whsec": ("", 32),
    "secret": ("", 25),
    "fault": ("", 8),
    "job": ("", 16),
    "dlv": ("", 16),
}


class Ids:
    """Two streams: request ids come from their own, so that an extra GET does not change every later object id."""

    def __init__(self, seed: int | None) -> None:
        self.seed = seed
        self.restart()

    def restart(self) -> None:
        """Begin the same sequence again (a fresh one, when there is no seed)."""
        self._objects = self._source("objects")
        self._requests = self._source("requests")

    def _source(self, stream: str) -> random.Random:
        if self.seed is None:
            return random.SystemRandom()
        return random.Random(f"{self.seed}:{stream}")

    def new(self, prefix: str) -> str:
        source = self._requests if prefix == "req" else self._objects
        start, length = FORMS[prefix]
        return f"{prefix}_{start}" + "".join(source.choices(ALPHABET, k=length))
