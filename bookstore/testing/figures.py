"""How big a proof is, and what it found: `make prove` runs the long versions, docs/reliability.md shows the figures.

PROOF=long asks for the long versions, PROOF_SEED for other dice, PROOF_FIGURES names a file to add figures to.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Figure:
    """One row of the table: `lost` is what must be nothing, `control` what the same proof lost with its guard off."""

    subject: str
    tried: str
    lost: str
    seed: int
    control: str = ""


@dataclass(frozen=True)
class Scale:
    is_long: bool

    def __call__(self, *, short: int, long: int) -> int:
        """How often to try."""
        return long if self.is_long else short


@pytest.fixture(scope="session")
def scale() -> Scale:
    return Scale(is_long=os.environ.get("PROOF") == "long")


@pytest.fixture(scope="session")
def seed() -> int:
    """For every choice that a proof leaves to chance: the same seed, the same choices."""
    return int(os.environ.get("PROOF_SEED", "1"))


@pytest.fixture
def figure(seed: int) -> Callable[..., None]:
    """`figure("Refund requested twice", tried="400 pairs", lost="nothing")`, at the end of a proof that held."""

    def add(subject: str, *, tried: str, lost: str = "nothing", control: str = "") -> None:
        if path := os.environ.get("PROOF_FIGURES"):
            row = asdict(Figure(subject, tried, lost, seed, control))
            with Path(path).open("a") as file:  # one short line: processes may append at once
                file.write(json.dumps(row) + "\n")

    return add
