"""The long proofs: their figures are written where everybody can read them, and only if every proof held."""

import json
import subprocess
import sys

import pytest

from bookstore.testing import prove
from bookstore.testing.figures import Figure

DOCUMENT = f"# Reliability\n\n{prove.BEGIN}\nold\n{prove.END}\n\nMore words.\n"


@pytest.fixture
def document(monkeypatch, tmp_path):
    path = tmp_path / "reliability.md"
    path.write_text(DOCUMENT)
    monkeypatch.setattr(prove, "DOCUMENT", path)
    return path


def stage(monkeypatch, program):
    """One stage, whose test run is this program."""
    popen = subprocess.Popen
    monkeypatch.setattr(prove, "STAGES", {"SQLite": ("proof", False)})
    monkeypatch.setattr(
        subprocess, "Popen", lambda command, **more: popen([sys.executable, "-c", program], **more)
    )


def test_figures_replace_the_old_table_and_nothing_else(document):
    prove.write([Figure("Clicks", "9 | 10 times", "nothing", 7, "3 orders")], seed=7, minutes=12.4)

    text = document.read_text()
    assert text.startswith("# Reliability\n")
    assert text.endswith("\n\nMore words.\n")
    assert "| Clicks | 9 / 10 times | nothing | 3 orders |" in text
    assert "seed 7, in 12 minutes" in text
    assert "old" not in text


def test_proofs_that_hold_are_written_down(document, monkeypatch):
    row = json.dumps(vars(Figure("Clicks", "9 times", "nothing", 7)))
    stage(monkeypatch, f"import os; open(os.environ['PROOF_FIGURES'], 'a').write({row + chr(10)!r})")

    assert prove.main() == 0

    assert "| Clicks | 9 times | nothing | – |" in document.read_text()


def test_a_proof_that_does_not_hold_writes_nothing(document, monkeypatch, capsys):
    stage(monkeypatch, "raise SystemExit(1)")

    assert prove.main() == 1

    assert document.read_text() == DOCUMENT
    assert "did not hold" in capsys.readouterr().out


def test_a_proof_that_takes_too_long_is_stopped(document, monkeypatch):
    monkeypatch.setattr(prove, "MOST_MINUTES", 0)
    stage(monkeypatch, "import time; time.sleep(60)")

    assert prove.main() == 1
    assert document.read_text() == DOCUMENT


def test_seed_and_scale_reach_the_proofs(document, monkeypatch):
    monkeypatch.setenv("PROOF_SEED", "42")
    told = "f\"{os.environ['PROOF_SEED']} {os.environ['PROOF']}\""
    row = f"dict(subject='Told', tried={told}, lost='nothing', seed=42)"
    stage(
        monkeypatch,
        f"import json, os; open(os.environ['PROOF_FIGURES'], 'a').write(json.dumps({row}) + chr(10))",
    )

    assert prove.main() == 0

    assert "| Told | 42 long | nothing |" in document.read_text()
