"""Which tests come past which lines, and how long they take."""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from coverage import Coverage

from .mutants import Mutant

FILE = "reach.json"


@dataclass
class Trial:
    """One test, run without any mutant."""

    failed: bool = False


@dataclass
class Reach:
    seconds: dict[str, float] = field(default_factory=dict)
    """Of processor time: the same however busy the machine is."""
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Self:
        kept = json.loads((folder / FILE).read_text())
        lines = {path: {int(line): tests for line, tests in of.items()} for path, of in kept["lines"].items()}
        return cls(kept["seconds"], lines)

    def write(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps({"seconds": self.seconds, "lines": self.lines}))

    def tests(self, mutant: Mutant) -> set[str]:
        """Those that run the statement which the mutant changes."""
        by_line = self.lines.get(mutant.source.path, {})
        around = mutant.source.statement_at(mutant.line)
        if mutant.function.first in around:  # a default value: its head ran when the file was imported
            around = range(around.stop, mutant.function.last + 1)
        return {test for line in around for test in by_line.get(line, ()) if test in self.seconds}

    @classmethod
    @contextmanager
    def measuring(cls, paths: Iterable[str]) -> Iterator["Measurement"]:
        """Complete when the block ends."""
        full = {str(Path(path).resolve()): path for path in paths}
        coverage = Coverage(data_file=None, config_file=False, include=list(full))
        measurement = Measurement(coverage)
        coverage.start()
        yield measurement
        coverage.stop()
        data = coverage.get_data()
        measurement.lines = {short: data.contexts_by_lineno(path) for path, short in full.items()}


@dataclass
class Measurement(Reach):
    def __init__(self, coverage: Coverage) -> None:
        super().__init__()
        self._coverage = coverage

    @contextmanager
    def test(self, name: str) -> Iterator[Trial]:
        """A test that fails without any mutant cannot tell one, and is left out."""
        self._coverage.switch_context(name)
        trial, began = Trial(), time.process_time()
        yield trial
        if trial.failed:
            print(f"left out, fails without any mutant: {name}", file=sys.__stderr__, flush=True)
        else:
            self.seconds[name] = time.process_time() - began
