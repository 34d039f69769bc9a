"""Strict parameters: what an endpoint accepts, and Stripe's error for everything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .errors import invalid

Parser = Callable[[Any, str], Any]


@dataclass(frozen=True)
class Field:
    """One parameter. `clearable`: an empty string unsets it (it arrives as None)."""

    parser: Parser
    required: bool = False
    clearable: bool = False

    def parse(self, value: Any, name: str) -> Any:
        if value == "":
            if self.clearable:
                return None
            raise _empty(name)
        return self.parser(value, name)


Schema = Mapping[str, Field]


def needed(field: Field) -> Field:
    return replace(field, required=True)


def clearable(field: Field) -> Field:
    return replace(field, clearable=True)


def parse(schema: Schema, raw: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    """The accepted parameters in their types. Raises ApiError: unknown first, then missing, then malformed ones."""
    unknown = [_name(within, key) for key in raw if key not in schema]
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        raise invalid(
            f"Received unknown parameter{plural}: {', '.join(unknown)}", unknown[0], "parameter_unknown"
        )
    for key, field in schema.items():
        if field.required and key not in raw:
            name = _name(within, key)
            raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    return {key: schema[key].parse(value, _name(within, key)) for key, value in raw.items()}


def _name(within: str, key: str) -> str:
    return f"{within}[{key}]" if within else key


def _empty(name: str) -> Exception:
    message = (
        f"You passed an empty string for '{name}'. An empty value unsets a parameter, but '{name}' cannot be unset:"
        " leave it out or give it a value."
    )
    return invalid(message, name, "parameter_invalid_empty")


def text(limit: int = 5000, pattern: str | None = None) -> Field:
    def read(value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise invalid("Invalid string: an object or a list was given.", name)
        if len(value) > limit:
            raise invalid(
                f"Invalid string: must be at most {limit} characters", name, "parameter_invalid_string"
            )
        if pattern and not re.fullmatch(pattern, value):
            raise invalid(f"Invalid {name}: '{value}'", name)
        return value

    return Field(read)


def integer(minimum: int | None = None) -> Field:
    def read(value: Any, name: str) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"[+-]?[0-9]{1,15}", value):
            raise invalid(f"Invalid integer: {value}", name, "parameter_invalid_integer")
        number = int(value)
        if minimum is not None and number < minimum:
            raise invalid(
                f"This value must be greater than or equal to {minimum}.", name, "parameter_invalid_integer"
            )
        return number

    return Field(read)


def boolean() -> Field:
    def read(value: Any, name: str) -> bool:
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", name)
        return bool(value == "true")

    return Field(read)


def choice(*options: str) -> Field:
    def read(value: Any, name: str) -> str:
        if value not in options:
            raise invalid(
                f"Invalid {name}: must be one of {' or '.join([', '.join(options[:-1]), options[-1]])}", name
            )
        return str(value)

    return Field(read)


def hash_of(schema: Schema) -> Field:
    def read(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid("Invalid object", name)
        return parse(schema, value, name)

    return Field(read)


def list_of(item: Field) -> Field:
    def read(value: Any, name: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid("Invalid array", name)
        return [item.parse(entry, f"{name}[{place}]") for place, entry in enumerate(value)]

    return Field(read)


def free() -> Field:
    """Anything: a part of Stripe's interface that the sandbox stores or ignores but does not judge."""
    return Field(lambda value, name: value)


def free_hash() -> Field:
    def read(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid("Invalid object", name)
        return value

    return Field(read)


def metadata() -> Field:
    """At most 50 keys of 40 characters without brackets, values of 500. None means: remove all."""
    return Field(_read_metadata, clearable=True)


def _read_metadata(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise invalid("Invalid object", name)
    for key, entry in value.items():
        if not isinstance(entry, str):
            raise invalid("Metadata values must be strings.", f"{name}[{key}]")
        if len(key) > 40:
            raise invalid("Metadata keys must have at most 40 characters.", name)
        if len(entry) > 500:
            raise invalid("Metadata values must have at most 500 characters.", f"{name}[{key}]")
    return value


def merged_metadata(old: dict[str, str], new: dict[str, str] | None) -> dict[str, str]:
    """Stripe merges; an empty value removes its key; None (an empty parameter) removes all of them."""
    if new is None:
        return {}
    merged = {key: value for key, value in {**old, **new}.items() if value != ""}
    if len(merged) > 50:
        raise invalid("Metadata can have up to 50 keys.", "metadata")
    return merged


def time_range() -> Field:
    """`created=1700000000` or `created[gte]=...`; comes out as a dict of bounds."""
    bounds = {bound: integer() for bound in ("gt", "gte", "lt", "lte")}

    def read(value: Any, name: str) -> dict[str, int]:
        if isinstance(value, dict):
            return parse(bounds, value, name)
        exact = integer().parse(value, name)
        return {"gte": exact, "lte": exact}

    return Field(read)
