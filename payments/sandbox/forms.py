"""Stripe's form encoding (`a[b]=c`, `list[0]=x`, `list[]=x`) to nested dicts and lists."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from .errors import invalid

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
MAX_FIELDS = 1000
MAX_DEPTH = 8


def decode(text: str) -> dict[str, Any]:
    """Nested parameters of a query string or a form body. Raises ApiError (400) for what cannot be read."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise invalid("Invalid request body: it is not form-encoded UTF-8.") from None
    tree: dict[str, Any] = {}
    for name, value in pairs:
        _place(tree, _path(name), value, name)
    return {key: _lists(value) for key, value in tree.items()}


def _path(name: str) -> list[str]:
    match = KEY.fullmatch(name)
    if not match:
        raise invalid(f"Invalid parameter name: {name[:100]}")
    path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(path) > MAX_DEPTH:
        raise invalid(f"Parameter nested too deeply: {name[:100]}")
    return path


def _place(tree: dict[str, Any], path: list[str], value: str, name: str) -> None:
    node = tree
    for part in path[:-1]:
        node = node.setdefault(part or str(len(node)), {})
        if not isinstance(node, dict):
            raise invalid(f"Parameter given both as a value and as an object: {name[:100]}")
    last = path[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise invalid(f"Parameter given both as a value and as an object: {name[:100]}")
    node[last] = value


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdecimal() and len(key) < 6 for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(value) for key, value in node.items()}
