import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bookstore.catalog.loading import BrokenFile, load

SAMPLE = Path(__file__).parents[2] / "sample" / "books.json"


class Command(BaseCommand):
    help = "Add the sample books that are not in the shop yet. Changes nothing about those that are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, default=SAMPLE, help="another file of the same shape"
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            loaded = load(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, BrokenFile) as wrong:
            raise CommandError(f"{file}: {wrong}") from wrong
        if loaded.books:
            self.stdout.write(f"Added {_counted(loaded.books, 'book', 'books')}, {loaded.copies} copies.")
        if loaded.skipped:
            self.stdout.write(
                f"{_counted(loaded.skipped, 'book was', 'books were')} here already: nothing changed."
            )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
