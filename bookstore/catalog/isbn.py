"""International Standard Book Numbers: typed in many ways, kept in one (13 digits)."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.forms import Field as FormField
from stdnum import ean, isbn
from stdnum.exceptions import InvalidChecksum
from stdnum.exceptions import ValidationError as InvalidNumber


def isbn13_of(text: str) -> str | None:
    """The 13 digits that a text stands for, with or without hyphens, as ISBN-10 or ISBN-13; None if it is no ISBN."""
    try:
        return isbn.validate(text, convert=True)
    except InvalidNumber:
        return None


def isbn13_from(number: int) -> str:
    """A valid ISBN-13 of the 979-8 block for a running number of up to eight digits."""
    digits = f"9798{number:08d}"
    return digits + ean.calc_check_digit(digits)


def validate_isbn13(value: str) -> None:
    try:
        isbn.validate(value)
    except InvalidChecksum as wrong:
        raise ValidationError(
            "The check digit of this ISBN is wrong: one of its digits was mistyped.", code="isbn_check_digit"
        ) from wrong
    except InvalidNumber as wrong:
        raise ValidationError(
            "Enter an ISBN of 13 digits that begins with 978 or 979, or of 10 digits.", code="isbn"
        ) from wrong


class IsbnField(models.CharField):
    """An ISBN-13. Takes hyphens, spaces and ISBN-10 in forms, in `full_clean` and in lookups."""

    default_validators = [validate_isbn13]  # noqa: RUF012 - as in Django's own fields

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"max_length": 13}))

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return text if text is None else isbn13_of(text) or text

    def formfield(self, **kwargs: Any) -> FormField | None:
        return super().formfield(**({"max_length": 24} | kwargs))
