"""Whatever shoppers, staff, banks and networks do, whenever, and however news arrives: money, stock and orders agree.

Hypothesis makes up the stories, the sandbox's ledger is the truth.
"""

from collections import Counter

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from .stories import Stories
from .world_stage import PostOffice

pytestmark = [pytest.mark.proof, pytest.mark.django_db]

PARTS = 8
"""So that several processes share them evenly."""

SHORT = {"sqlite": 300, "postgresql": 60}
"""The logic is the same on both, and in memory it takes a third of the time."""


@pytest.mark.parametrize("part", range(PARTS))
def test_money_stock_and_orders_always_agree(stage, part, scale, seed, figure):
    profile = settings(
        max_examples=scale(short=SHORT[connection.vendor], long=5000) // PARTS,
        stateful_step_count=scale(short=10, long=12),
        phases=[Phase.generate, Phase.shrink],
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )

    with stage.listener.listening():
        run_state_machine_as_test(seeded(seed * PARTS + part)(lambda: Stories(stage)), settings=profile)

    figure(f"Made-up stories, part {part + 1} of {PARTS}", tried=told(stage.counted, stage.line.struck))


def told(counted: Counter, struck: Counter) -> str:
    struck = struck + PostOffice.struck
    figures = [f"{counted[what]:,} {what}" for what in ("stories", "steps", "orders", "events", "deliveries")]
    return ", ".join(figures) + f", {sum(struck.values()):,} faults of {len(struck)} kinds"
