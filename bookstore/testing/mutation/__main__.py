"""`python -m bookstore.testing.mutation [path ...]`: tries the mutants of these files, or of all in pyproject.toml."""

import argparse
import math
import random
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from mutmut.configuration import config

from . import mutants, report
from .mutants import Mutant
from .results import ALIVE, Result, Results
from .session import Manner, Session

FOLDER = Path("mutants")

FEWEST = 40
"""Of each file, where only a share is tried and there are that many."""


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    of_files = [mutants.of_file(path, name=str(path)) for path in _files(options.paths)]
    made = [mutant for of_file in of_files for mutant in _sample(of_file, options.share, options.seed)]
    folder = FOLDER / "chosen" if options.tests else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(FOLDER)
    choices = {"all": made, "open": results.open(made), "alive": results.alive(made), "none": []}
    chosen = choices[options.only]
    print(f"{sum(map(len, of_files))} mutants, {len(made)} drawn, {len(chosen)} to try", flush=True)
    if chosen:
        manner = Manner(folder, options.processes, options.patience, options.measured)
        plugin = Session(chosen, manner, lambda result: _tell(result, results))
        if code := pytest.main(_pytest_arguments(options.tests), plugins=[plugin]):
            return int(code)
    tried = [mutant for of_file in of_files for mutant in of_file] if options.only == "none" else made
    report.write(
        results.of(tried), {of_file[0].source.path: len(of_file) for of_file in of_files if of_file}, FOLDER
    )
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bookstore.testing.mutation")
    parser.add_argument("paths", nargs="*", help="files to mutate; all that pyproject.toml names, by default")
    parser.add_argument(
        "--only",
        choices=("all", "open", "alive", "none"),
        default="all",
        help="alive: those that no test noticed; open: also those not tried yet; none: only show what is known",
    )
    parser.add_argument("--tests", nargs="*", help="only these, such as the new ones; all, by default")
    parser.add_argument("--share", type=float, default=1, help="of each file's mutants, 40 of them at least")
    parser.add_argument("--seed", type=int, default=1, help="of the draw, where the share is less than 1")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--patience", type=float, default=20, help="CPU seconds of tests per mutant, at most")
    parser.add_argument("--measured", action="store_true", help="the tests reach the same lines as last time")
    return parser.parse_args(arguments)


def _files(names: list[str]) -> Iterable[Path]:
    if names:
        return map(Path, names)
    settings = config()
    found = (path for source in settings.source_paths for path in sorted(source.rglob("*.py")))
    return [path for path in found if settings.should_mutate(path)]


def _sample(of_file: list[Mutant], share: float, seed: int) -> list[Mutant]:
    size = min(len(of_file), max(FEWEST, math.ceil(share * len(of_file))))
    drawn = random.Random(seed).sample(range(len(of_file)), size)
    return [of_file[place] for place in sorted(drawn)]


def _pytest_arguments(tests: list[str] | None) -> list[str]:
    settings = config()
    quiet = ["-q", "--capture=sys", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", "--no-summary"]
    return [*quiet, *settings.pytest_add_cli_args, *(tests or settings.pytest_add_cli_args_test_selection)]


def _tell(result: Result, results: Results) -> None:
    results.add(result)
    print("S" if result.verdict in ALIVE else ".", end="", file=sys.__stderr__, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
