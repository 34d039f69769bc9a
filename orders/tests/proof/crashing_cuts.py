"""Where a story is cut: at every deed, or at a choice of them; and what was lost over all cuts."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from bookstore.testing.stripe import Stripe

from .crashing import COMMIT, MAIL, STRIPE, Deed
from .crashing_story import Story, Then

OUTSIDE = (COMMIT, STRIPE, MAIL)
EVERY = 24
"""Of the other deeds a short run takes one in so many."""

ON_POSTGRES = 3
"""There every story is slower; a short run takes one cut in so many."""


@dataclass(frozen=True)
class Cut:
    before: int
    then: Then


def all_cuts(deeds: list[Deed], seed: int) -> list[Cut]:
    """Before every deed. All of what others may do is tried where the world has just changed.

    Between two changes that last it stays as it is, since a dead process's transaction is gone: there they take turns.
    """
    cuts: list[Cut] = []
    for place in range(len(deeds)):
        thens = list(Then)
        turn = (place + seed) % len(thens)
        has_changed = place == 0 or deeds[place - 1].lasts
        cuts += [Cut(place, then) for then in (thens if has_changed else [thens[turn]])]
    return cuts


def some_cuts(deeds: list[Deed], seed: int) -> list[Cut]:
    """After every COMMIT, call to Stripe and mail, before every call and mail, and at one in EVERY of the rest."""
    after = {place + 1 for place, deed in enumerate(deeds) if deed.kind in OUTSIDE}
    before = {place for place, deed in enumerate(deeds) if deed.kind in (STRIPE, MAIL)}
    others = set(range(seed % EVERY, len(deeds), EVERY))
    thens = list(Then)
    return [
        Cut(place, thens[(turn + seed) % len(thens)])
        for turn, place in enumerate(sorted(after | before | others))
    ]


def fewer_on_postgres(cuts: list[Cut], seed: int) -> list[Cut]:
    return cuts[seed % ON_POSTGRES :: ON_POSTGRES] if connection.vendor == "postgresql" else cuts


def deeds_of(story: type[Story], stripe: Stripe) -> list[Deed]:
    """What is done when nothing is cut off; then nothing may be wrong either."""
    undisturbed = story(stripe)
    wrong = undisturbed.run()
    assert not wrong, wrong
    return undisturbed.power.deeds


def losses(story: type[Story], stripe: Stripe, deeds: list[Deed], cuts: list[Cut]) -> Iterator[str]:
    """In words, what was wrong after which cut."""
    for cut in cuts:
        telling = story(stripe, cut.before, cut.then)
        try:
            wrong = telling.run()
        except Exception as error:  # an act that cannot be repeated is a loss as well
            if not telling.power.was_cut:
                raise
            wrong = [repr(error)]
        assert telling.power.was_cut, f"the story never came to {cut}"
        done = telling.power.deeds[: cut.before]
        assert [deed.kind for deed in done] == [deed.kind for deed in deeds[: cut.before]], "another story"
        if wrong:
            place = f"{deeds[cut.before]}, number {cut.before}, after {[*done, 'nothing'][cut.before - 1]}"
            yield f"Cut before {place}; {cut.then}: {wrong}"
