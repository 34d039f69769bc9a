"""Whatever dies, and wherever: one `tend` later money, stock, carts and mails are as they should be."""

import logging

import pytest

from .crashing import counted
from .crashing_cuts import all_cuts, deeds_of, fewer_on_postgres, losses, some_cuts
from .crashing_stories import STORIES

pytestmark = [pytest.mark.proof, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def no_log():
    """Thousands of stories would fill it."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_nothing_is_lost_wherever_a_process_dies(story, stripe, scale, seed, figure):
    deeds = deeds_of(story, stripe)
    cuts = all_cuts(deeds, seed) if scale.is_long else fewer_on_postgres(some_cuts(deeds, seed), seed)

    lost = list(losses(story, stripe, deeds, cuts))

    assert lost == []
    figure(f"Crash anywhere in {story.title}", tried=f"{counted(deeds)}: {len(cuts)} crashes")
