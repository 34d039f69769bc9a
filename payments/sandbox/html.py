"""HTML written by Python: every text is escaped unless it is markup already."""

from __future__ import annotations

import html
from typing import Any

VOID = {"br", "col", "hr", "img", "input", "link", "meta"}


class Markup(str):
    """Text that is HTML."""


def escape(value: Any) -> str:
    return str(value) if isinstance(value, Markup) else html.escape("" if value is None else str(value))


def tag(name: str, /, *children: Any, **attributes: Any) -> Markup:
    """`tag("a", "Home", href="/", class_="link")`. Attributes that are None or False are left out."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{html.escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def join(parts: Any) -> Markup:
    return Markup("".join(escape(part) for part in parts))


def page(title: str, *body: Any, styles: str = "/static/control.css", scripts: tuple[str, ...] = ()) -> str:
    head = join(
        [
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("title", title),
            tag("link", rel="icon", href="data:,"),
            tag("link", rel="stylesheet", href=styles),
            *(tag("script", src=script, defer=True) for script in scripts),
        ]
    )
    return "<!doctype html>" + tag("html", tag("head", head), tag("body", *body), lang="en")
