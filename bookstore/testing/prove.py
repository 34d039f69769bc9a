"""Runs the long versions of all proofs and writes what they found into docs/reliability.md: `make prove`.

PROOF_SEED chooses other dice; without it the seed is the day's date. Exit code 0: every proof held, and only then is
the table written. It takes less than MOST_MINUTES or is stopped.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from django.utils.version import get_version as django_version

from .figures import Figure

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: written by make prove -->", "<!-- end of figures -->"
MOST_MINUTES = 59
STAGES = {
    "SQLite": ("proof and not postgres", False),
    "PostgreSQL": ("proof and postgres", True),
}
"""What needs row locks runs on PostgreSQL, the rest in memory; `make test` runs the short versions on both."""


def main() -> int:
    seed = int(os.environ.get("PROOF_SEED") or datetime.now(UTC).strftime("%Y%m%d"))
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.jsonl"
        started = time.monotonic()
        held = [_holds(stage, seed=seed, figures=figures, started=started) for stage in STAGES.values()]
        minutes = (time.monotonic() - started) / 60
        if not all(held) or not figures.exists():
            print(f"A proof did not hold (seed {seed}): {DOCUMENT.name} stays as it was.", flush=True)
            return 1
        write([Figure(**json.loads(line)) for line in figures.read_text().splitlines()], seed, minutes)
    print(f"Every proof held. {DOCUMENT.name} has the figures.", flush=True)
    return 0


def _holds(stage: tuple[str, bool], *, seed: int, figures: Path, started: float) -> bool:
    marker, on_postgres = stage
    command = [sys.executable, "-m", "pytest", "-q", "-m", marker, "--durations=20"]
    command += [f"--numprocesses={os.cpu_count() or 1}", "--dist=worksteal"]
    if on_postgres:
        command = [sys.executable, "-m", "bookstore.testing.postgres", *command]
    environment = {
        "PROOF": "long",
        "PROOF_SEED": str(seed),
        "PROOF_FIGURES": str(figures),
        "DATABASE_URL": "",
    }
    left = MOST_MINUTES * 60 - (time.monotonic() - started)
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    try:
        return process.wait(max(left, 1)) == 0
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()
        print(f"Stopped after {MOST_MINUTES} minutes.", flush=True)
        return False


def write(figures: Iterable[Figure], seed: int, minutes: float) -> None:
    """Replace the table between the two marks."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join(
        [BEGIN, "", *_table(sorted(figures, key=lambda row: row.subject), seed, minutes), "", END]
    )
    DOCUMENT.write_text(before + table + after)


def _table(figures: Iterable[Figure], seed: int, minutes: float) -> list[str]:
    when = datetime.now(UTC).date().isoformat()
    where = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, Django {django_version()}"
    rows = [[row.subject, row.tried, row.lost, row.control or "–"] for row in figures]
    return [
        f"Run on {when}, seed {seed}, in {minutes:.0f} minutes ({where}).",
        "",
        "| what was tried | how often | lost | the same with its guard off |",
        "|---|---|---|---|",
        *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows),
    ]


if __name__ == "__main__":
    sys.exit(main())
