"""Proves that money and stock are right: `audit()` from the rows alone, `at_stripe.compare()` by Stripe's own lists.

docs/operations.md has the invariants.
"""

from . import invariants
from .moment import snapshot
from .registry import Finding, check

__all__ = ["Finding", "audit"]


def audit() -> list[Finding]:
    """What each invariant found, all of them at one moment of the database. Changes nothing.

    The number of statements does not depend on the number of rows.
    """
    with snapshot():
        return [check(invariant) for invariant in invariants.ALL]
