"""A story is its draws and nothing else: else no failure could be told again, and Hypothesis would call it flaky."""

from random import Random

import pytest
from hypothesis import settings
from hypothesis.stateful import get_state_machine_test

from orders.models import Order, OrderMail
from payments.models import Payment, StripeEvent

from .stories import Stories

pytestmark = [pytest.mark.proof, pytest.mark.django_db]


def test_the_same_draws_tell_the_same_story_to_the_last_key(stage, scale, seed):
    lengths = []
    for number in range(scale(short=3, long=30)):
        draws = Random(f"{seed}:{number}").randbytes(8000)

        first, again = told(stage, draws), told(stage, draws)

        lengths.append(len(first))
        for step, (page, page_again) in enumerate(zip(first, again, strict=True)):
            assert page_again == page, f"after step {step}"
    assert sum(lengths) > 5 * len(lengths)  # some draws make a short story, most a long one


def told(stage, draws: bytes) -> list[dict]:
    """What there was at the shop and at Stripe after each step."""
    pages: list[dict] = []
    test = get_state_machine_test(
        lambda: Diary(stage, pages), settings=settings(stateful_step_count=10, database=None, deadline=None)
    )
    with stage.listener.listening():
        test.hypothesis.fuzz_one_input(draws)
    return pages


class Diary(Stories):
    def __init__(self, stage, pages: list[dict]) -> None:
        self.pages = pages
        super().__init__(stage)

    def check_invariants(self, *args, **kwargs) -> None:
        super().check_invariants(*args, **kwargs)
        kinds = ("payment_intent", "charge", "refund", "dispute", "event")
        page = {kind: self.all(kind) for kind in kinds}
        page |= {
            model.__name__: list(model.objects.order_by("pk").values())
            for model in (Order, Payment, StripeEvent, OrderMail)
        }
        self.pages.append(page)
