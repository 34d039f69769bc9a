"""What became of the mutants: a table per file, and those that live on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from .results import ALIVE, KILLED, NO_TEST, SURVIVED, TIMEOUT, Result

HEAD = (
    "| File | Mutants | Tried | Killed | Timed out | Survived | Not reached | Score |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|"
)


def write(results: Sequence[Result], made: Mapping[str, int], folder: Path) -> None:
    """`score.md` has the table, `survivors.txt` the mutants that no test noticed.

    `made` counts the mutants of each file, tried or not.
    """
    files = sorted({result.path for result in results})
    rows = [_row(path, made[path], [result for result in results if result.path == path]) for path in files]
    table = "\n".join([HEAD, *rows, _row("**all**", sum(made.values()), results)])
    (folder / "score.md").write_text(table + "\n")
    living = [result for result in results if result.verdict in ALIVE]
    (folder / "survivors.txt").write_text("".join(map(_survivor, living)))
    print(f"\n{table}\n\n{len(living)} live on: {folder / 'survivors.txt'}")


def _row(name: str, made: int, results: Sequence[Result]) -> str:
    counts = Counter(result.verdict for result in results)
    score = (counts[KILLED] + counts[TIMEOUT]) / len(results) if results else 0
    numbers = [made, len(results), *(counts[verdict] for verdict in (KILLED, TIMEOUT, SURVIVED, NO_TEST))]
    return f"| {name} | {' | '.join(map(str, numbers))} | {score:.1%} |"


def _survivor(result: Result) -> str:
    name = result.key.split()[0]
    return f"{name} (line {result.line}, {result.verdict}, {result.tests} tests)\n{result.diff}\n\n"
