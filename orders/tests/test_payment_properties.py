"""Whatever shoppers, banks, staff and networks do, and in whatever order news arrives: money, stock and orders agree.

Hypothesis makes up the stories, the sandbox is the truth. `HYPOTHESIS_PROFILE=long` tells many more of them.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from .payment_stories import PaymentStories

PROFILES = {
    # the same stories on every run, so that a failure is somebody's change and not bad luck
    "short": settings(max_examples=60, stateful_step_count=20, derandomize=True),
    "long": settings(max_examples=2000, stateful_step_count=40, print_blob=True),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("no_pauses")
def test_money_stock_and_orders_always_agree(stripe):
    profile = PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "short")]

    run_state_machine_as_test(
        lambda: PaymentStories(stripe),
        settings=settings(profile, deadline=None, suppress_health_check=list(HealthCheck)),
    )
