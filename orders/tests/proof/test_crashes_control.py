"""The crashes find what they are there for: with one guard off, something is lost."""

from dataclasses import replace

import pytest

from . import crashing_carelessly as careless
from .crashing_cuts import deeds_of, losses, some_cuts
from .crashing_endings import CancelByTheShopper, CancelWhenTheMoneyHasCome
from .crashing_money import RefundByStaff, RefundInTheDashboard
from .crashing_story import Then
from .test_crashes import no_log  # noqa: F401

pytestmark = [pytest.mark.proof, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MISTAKES = [
    (careless.mark_mails_as_sent_before_they_are, CancelWhenTheMoneyHasCome, "mails owed"),
    (careless.owe_mails_after_the_commit, CancelWhenTheMoneyHasCome, "has the mails set()"),
    (careless.end_orders_before_stripe_knows, CancelByTheShopper, "at Stripe in the end"),
    (careless.ask_for_refunds_with_ever_new_keys, RefundByStaff, "Stripe made"),
    (careless.process_events_apart_from_their_effect, RefundInTheDashboard, "Stripe made"),
]


@pytest.mark.parametrize(
    ("mistake", "story", "found"), MISTAKES, ids=[mistake.__name__ for mistake, _, _ in MISTAKES]
)
def test_a_careless_shop_loses_something(mistake, story, found, stripe, seed, monkeypatch, figure):
    mistake(monkeypatch)
    deeds = deeds_of(story, stripe)
    cuts = [
        replace(cut, then=Then.NOBODY) for cut in some_cuts(deeds, seed)
    ]  # nobody mends it by coming back

    lost = losses(story, stripe, deeds, cuts)

    assert any(found in loss for loss in lost)
    figure(
        f"Crash in {story.title} of a careless shop",
        tried=f"up to {len(cuts)} crashes",
        lost="nothing with the guard on",
        control=f"{mistake.__name__.replace('_', ' ')}: found",
    )
