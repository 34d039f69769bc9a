"""Runs the suite stage by stage and sums it up: `python -m bookstore.testing [sqlite] [postgres] [browser]`.

Every stage runs, whatever became of those before it; on PostgreSQL only tests that use a database run a second time.
Exit code 0: all of them passed. Without a Chromium the browser tests cannot run; that is said at the end, and is a
failure where CI=true.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from . import chromium

MOST_WORKERS = 8  # each has its own database on one server of 500 connections


@dataclass
class Stage:
    title: str
    marker: str
    on_postgres: bool


@dataclass
class Outcome:
    title: str
    words: str
    passed: bool
    seconds: float = 0

    def __str__(self) -> str:
        return f"  {'ok  ' if self.passed else 'FAIL'}  {self.title:<22} {self.words}  ({self.seconds:.0f} s)"


STAGES = {
    "sqlite": Stage("SQLite", "not browser", on_postgres=False),
    "postgres": Stage("PostgreSQL", "not browser and (database or postgres)", on_postgres=True),
    "browser": Stage("Browser, PostgreSQL", "browser", on_postgres=True),
}


def main(names: list[str]) -> int:
    outcomes = [_outcome(name) for name in names or STAGES]
    print("\nSummary", *outcomes, sep="\n", flush=True)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _outcome(name: str) -> Outcome:
    stage = STAGES[name]
    if name == "browser" and chromium.find_or_install() is None:
        return Outcome(stage.title, f"NOT RUN. {chromium.MISSING}", passed=os.environ.get("CI") != "true")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        started = time.monotonic()
        print(f"\n=== {stage.title}", flush=True)
        code = subprocess.run(_command(stage, report), env=_environment(), check=False).returncode
        return Outcome(stage.title, _words(report, code), code == 0, time.monotonic() - started)


def _command(stage: Stage, report: Path) -> list[str]:
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    pytest = [sys.executable, "-m", "pytest", "-q", "--durations=15"]
    pytest += [f"--numprocesses={workers}", "--dist=worksteal"]
    pytest += ["-m", stage.marker, f"--junitxml={report}"]
    return [sys.executable, "-m", "bookstore.testing.postgres", *pytest] if stage.on_postgres else pytest


def _environment() -> dict[str, str]:
    """DATABASE_URL is empty: SQLite, unless the stage brings a PostgreSQL."""
    return os.environ | {"DATABASE_URL": ""}


def _words(report: Path, code: int) -> str:
    if not report.exists():
        return f"pytest ended with exit code {code} before any test"
    total = ElementTree.parse(report).getroot()[0].attrib
    counts = {word: int(total[word]) for word in ("tests", "failures", "errors", "skipped")}
    passed = counts.pop("tests") - sum(counts.values())
    return ", ".join([f"{passed} passed", *(f"{count} {word}" for word, count in counts.items() if count)])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
