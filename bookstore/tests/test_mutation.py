"""The mutants of payments/ are only worth something when they are made and put in place as promised."""

import importlib.util
import sys
from pathlib import Path

import pytest

from bookstore.testing.mutation import mutants, swap
from bookstore.testing.mutation.results import KILLED, SURVIVED, Result, Results

CODE = """
import logging
from functools import lru_cache

logger = logging.getLogger(__name__)
LIMIT = 5


@lru_cache
def add(one, two, *, more=1):
    logger.info("adding %s", one)
    return one + two + more


class Till:
    @property
    def content(self):
        return 10 - 3

    def open(self):
        self.ring("bell")
        raise ValueError("it is stuck")

    def ring(self, what):
        self.rung = what


class Bell(Till):
    def ring(self, what):
        super().ring(what)
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    path = tmp_path / "till.py"
    path.write_text(CODE)
    spec = importlib.util.spec_from_file_location("till", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "till", module)
    spec.loader.exec_module(module)
    return module


def mutants_of(module):
    return mutants.of_file(Path(module.__file__), name="till.py")


def changes(module):
    return [mutant.diff.splitlines()[-1].removeprefix("+").strip() for mutant in mutants_of(module)]


def apply(module, change):
    wanted = next(
        mutant for mutant in mutants_of(module) if mutant.diff.splitlines()[-1].strip(" +") == change
    )
    swap.apply(wanted, module.__file__)


def test_decorated_functions_and_properties_are_mutated_too(module):
    assert {"return one - two + more", "return 10 + 3"} <= set(changes(module))


def test_a_call_is_left_out(module):
    assert "pass" in changes(module)


def test_how_a_row_is_locked_is_left_alone(tmp_path):
    path = tmp_path / "locks.py"
    path.write_text('def f(orders):\n    return orders.select_for_update(of=("self",)).get(pk=1)\n')

    assert len(mutants.of_file(path, name="locks.py")) == 2  # both of pk=1


def test_log_lines_words_of_exceptions_and_constants_are_left_alone(module):
    assert not [
        change for change in changes(module) if "logger" in change or "raise" in change or "LIMIT" in change
    ]


def test_a_mutant_takes_the_place_of_a_function_that_others_have_imported(module):
    imported = module.add
    assert imported(3, 2) == 6

    apply(module, "return one - two + more")

    assert imported(4, 1) == 4


def test_a_mutant_takes_the_place_of_a_property(module):
    till = module.Till()

    apply(module, "return 10 + 3")

    assert till.content == 13


def test_a_call_of_super_can_be_left_out(module):
    bell = module.Bell()
    bell.rung = "nothing yet"
    left_out = [
        each for each in mutants_of(module) if each.function.name == "Bell.ring" and "pass" in each.diff
    ]

    swap.apply(left_out[0], module.__file__)
    bell.ring("bell")

    assert bell.rung == "nothing yet"


def test_a_mutant_of_a_default_value_counts_too(module):
    apply(module, "def add(one, two, *, more=2):")

    assert module.add(1, 1) == 4


def test_what_is_not_in_memory_is_not_taken_for_tried(module):
    mutant = mutants_of(module)[0]

    with pytest.raises(swap.NotLoaded):
        swap.apply(mutant, "/somewhere/else.py")


def test_a_statement_is_reached_by_each_of_its_lines(tmp_path):
    path = tmp_path / "long.py"
    path.write_text("def f(x):\n    if (\n        x\n    ):\n        return g(\n            x,\n        )\n")
    source = mutants.of_file(path, name="long.py")[0].source

    assert list(source.statement_at(6)) == [5, 6, 7]
    assert list(source.statement_at(3)) == [2, 3, 4]


def test_results_are_kept_until_the_function_changes(module, tmp_path):
    first, second, third, *_ = mutants_of(module)
    Results(tmp_path).add(Result.of(first, KILLED))
    Results(tmp_path).add(Result.of(second, SURVIVED))

    kept = Results(tmp_path)

    assert kept.open([first, second, third]) == [second, third]
    path = Path(module.__file__)
    path.write_text(CODE.replace("adding", "summing"))
    assert len(kept.open(mutants_of(module)[:1])) == 1
