"""How facts of a book stand in a cell. `clean` reads, and raises ValueError in words for staff; `render` writes."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_date
from import_export.widgets import Widget

from bookstore.catalog.isbn import isbn13_of
from bookstore.catalog.models import Book, Contribution

from .cells import as_meant, harmless

Person = tuple[str, str]
"""Name and role."""

LONGEST_NAME, LONGEST_SUBJECT = 160, 80
PERSON = re.compile(rf"(.*\S)\s*\(({'|'.join(Contribution.Role.values)})\)", re.IGNORECASE | re.DOTALL)


class Column(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return self.read(as_meant(str(value or "")).replace("\r\n", "\n").strip())

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else harmless(self.written(value))

    def read(self, text: str) -> Any:
        return text

    def written(self, value: Any) -> str:
        return str(value).replace("\r\n", "\n").strip()


class Isbn(Column):
    def read(self, text: str) -> str:
        isbn13 = isbn13_of(text)
        if isbn13 is None:
            mangled = " A spreadsheet made a number of it: format the column as text." if "E+" in text else ""
            raise ValueError(f"“{text[:40]}” is no ISBN.{mangled}")
        return isbn13


class Amount(Column):
    def read(self, text: str) -> Decimal | None:
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", text, re.ASCII):
            raise ValueError(f"“{text[:40]}” is no price. Write it like 9.99.")
        return Decimal(text)

    def written(self, value: Any) -> str:
        return f"{value:.2f}"


class Whole(Column):
    def __init__(self, least: int) -> None:
        super().__init__()
        self.least = least

    def read(self, text: str) -> int | None:
        if not text:
            return None
        if not re.fullmatch(r"-?[0-9]{1,5}", text, re.ASCII) or not self.least <= int(text) <= 32_767:
            raise ValueError(f"“{text[:40]}” is no whole number from {self.least} to 32767.")
        return int(text)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)  # a year before the common era is no formula


class Day(Column):
    def read(self, text: str) -> date | None:
        if not text:
            return None
        try:
            day = parse_date(text)
        except ValueError:
            day = None
        if day is None:
            raise ValueError(f"“{text[:40]}” is no date. Write it like 2026-11-23.")
        return day


class YesNo(Column):
    def read(self, text: str) -> bool:
        known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        if text.lower() not in known:
            raise ValueError("Write yes or no.")
        return known[text.lower()]

    def written(self, value: Any) -> str:
        return "yes" if value else "no"


class FormatOfBook(Column):
    def read(self, text: str) -> str:
        if text.lower() not in Book.Format.values:
            raise ValueError(f"Write {' or '.join(Book.Format.values)}.")
        return text.lower()


class People(Column):
    """`Leo Tolstoy; Constance Garnett (translator)`: in the order of the title page, authors without a word."""

    def read(self, text: str) -> tuple[Person, ...]:
        people = tuple(_person(part) for part in _parts(text))
        _refuse_twice([f"{name} ({role})" for name, role in people])
        _refuse_longer([name for name, _ in people], LONGEST_NAME)
        return people

    def written(self, value: Sequence[Person]) -> str:
        author = Contribution.Role.AUTHOR
        return "; ".join(name if role == author else f"{name} ({role})" for name, role in value)


class Shelves(Column):
    """`Novels; Russian literature`, in any order."""

    def read(self, text: str) -> tuple[str, ...]:
        names = _parts(text)
        _refuse_twice([name.casefold() for name in names])
        _refuse_longer(names, LONGEST_SUBJECT)
        return tuple(sorted(names, key=str.casefold))

    def written(self, value: Sequence[str]) -> str:
        return "; ".join(value)


def _parts(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split(";") if part.strip()]


def _person(text: str) -> Person:
    found = PERSON.fullmatch(text)
    return (found[1], found[2].lower()) if found else (text, Contribution.Role.AUTHOR.value)


def _refuse_twice(names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"{twice} stands there twice.")


def _refuse_longer(names: Sequence[str], most: int) -> None:
    if any(len(name) > most for name in names):
        raise ValueError(f"A name has at most {most} letters.")
