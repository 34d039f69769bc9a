"""How many cases are told of, and how their words are cut to what the column holds."""

import pytest

from orders.factories import place_order
from payments import attention
from payments.attention import Reason
from payments.models import Attention

pytestmark = pytest.mark.django_db

LONG = "x" * 300


@pytest.fixture
def two():
    return [place_order().payment for _ in range(2)]


def test_all_payments_that_got_stuck_are_counted(two):
    stuck = dict.fromkeys(two, "Asked for, and no answer")

    assert attention.call_stuck(stuck) == 2
    assert attention.call_stuck(stuck) == 0


def test_all_payments_that_moved_on_are_counted(two):
    attention.call_stuck(dict.fromkeys(two, "Asked for, and no answer"))

    assert attention.call_stuck({}) == 2
    assert {case.settlement for case in Attention.objects.all()} == {"The payment moved on"}


def test_one_that_moves_on_while_another_gets_stuck_makes_two(two):
    first, second = two
    attention.call_stuck({first: "Waiting"})

    assert attention.call_stuck({second: "Waiting"}) == 2
    assert Attention.objects.open().get().payment == second


def test_words_are_cut_to_what_the_column_holds():
    attention.call(Reason.DISPUTE, "du_1", LONG)
    attention.settle(Reason.DISPUTE, "du_1", LONG)

    case = Attention.objects.get()
    assert (case.detail, case.settlement) == ("x" * 250, "x" * 250)


def test_a_persons_words_are_cut_too():
    attention.call(Reason.DISPUTE, "du_1", "Read it")

    Attention.objects.get().settle(LONG)

    assert Attention.objects.get().settlement == "x" * 250


def test_the_youngest_of_several_cases_is_the_one_that_counts(django_user_model):
    """A person settled the first; it came back with other words, and settled itself; now the first words again."""
    person = django_user_model.objects.create_user(email="staff@example.com", password="-")
    attention.call(Reason.DISPUTE, "du_1", "needs_response")
    Attention.objects.get().settle("Answered", by=person)
    attention.call(Reason.DISPUTE, "du_1", "under_review")
    attention.settle(Reason.DISPUTE, "du_1", "won")

    assert attention.call(Reason.DISPUTE, "du_1", "needs_response")

    assert Attention.objects.open().get().detail == "needs_response"
