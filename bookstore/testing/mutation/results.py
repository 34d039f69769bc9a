"""What became of each mutant, kept in a file as the run goes, so that a run can be taken up again."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from .mutants import Mutant

KILLED, SURVIVED, TIMEOUT, NO_TEST, NO_PYTHON = "killed", "survived", "timeout", "no test", "no Python"
ALIVE = (SURVIVED, NO_TEST)

FILE = "results.jsonl"


@dataclass
class Result:
    key: str
    path: str
    line: int
    diff: str
    verdict: str
    seconds: float = 0
    tests: int = 0
    killer: str = ""

    @classmethod
    def of(
        cls, mutant: Mutant, verdict: str, *, seconds: float = 0, tests: int = 0, killer: str = ""
    ) -> Self:
        return cls(
            mutant.key,
            mutant.source.path,
            mutant.line,
            mutant.diff,
            verdict,
            round(seconds, 2),
            tests,
            killer,
        )


class Results:
    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        found = (Result(**json.loads(line)) for line in lines)
        self._last = {result.key: result for result in found}

    def add(self, result: Result) -> None:
        """Keep the last word; that some chosen tests do not reach a mutant takes nothing back."""
        if result.verdict == NO_TEST and result.key in self._last:
            return
        self._last[result.key] = result
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(result)) + "\n")

    def of(self, mutants: Iterable[Mutant]) -> list[Result]:
        """The last one of each mutant that was tried and is Python."""
        found = (self._last.get(mutant.key) for mutant in mutants)
        return [result for result in found if result and result.verdict != NO_PYTHON]

    def open(self, mutants: Iterable[Mutant]) -> list[Mutant]:
        """Those that were not tried yet, or lived."""
        return [mutant for mutant in mutants if self._verdict(mutant) in (None, *ALIVE)]

    def alive(self, mutants: Iterable[Mutant]) -> list[Mutant]:
        return [mutant for mutant in mutants if self._verdict(mutant) in ALIVE]

    def _verdict(self, mutant: Mutant) -> str | None:
        result = self._last.get(mutant.key)
        return result.verdict if result else None
