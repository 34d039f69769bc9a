"""JSON as the standard has it (RFC 8259), in UTF-8."""

import json
import math
import re
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

SURROGATE = re.compile("[\ud800-\udfff]")


class StrictJSONParser(JSONParser):
    """Refuses what Python reads and JSON is not (NaN), and what no database can store (halves of characters)."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            text = stream.read().decode()
            data = json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
            _refuse_half_characters(data)
        except (ValueError, RecursionError) as error:
            raise ParseError from error
        return data


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _finite(number: str) -> float:
    if math.isinf(value := float(number)):
        raise ValueError("a number is too large")
    return value


def _whole(number: str) -> int:
    if len(number) > 100:
        raise ValueError("a number is too large")
    return int(number)


def _refuse_half_characters(data: Any) -> None:
    r"""`"\ud800"` is one half of a pair: a character that does not exist."""
    if SURROGATE.search(json.dumps(data, ensure_ascii=False)):
        raise ValueError("half of a character")
