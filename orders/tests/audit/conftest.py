"""The audit as tests read it."""

import pytest

from orders.audit import audit


@pytest.fixture
def broken(db):
    """What is broken, by the number of the invariant."""

    def look():
        return {finding.number: list(finding.offences) for finding in audit() if finding.is_broken}

    return look
