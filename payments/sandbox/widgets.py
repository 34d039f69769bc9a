"""The parts that the control page is made of."""

from __future__ import annotations

import time
from typing import Any

from .html import Markup, tag


def buttons(*forms: Markup) -> Markup:
    return tag("div", *forms, class_="buttons")


def button(action: str, label: str, look: str = "", **hidden: Any) -> Markup:
    """One button that posts: a form of its own."""
    fields = [tag("input", type="hidden", name=name, value=value) for name, value in hidden.items()]
    return tag(
        "form",
        *fields,
        tag("button", label, type="submit", class_=look or None),
        method="post",
        action=action,
    )


def section(title: str, headings: list[str], rows: list[list[Any]], total: int) -> Markup:
    """A table that turns into cards on narrow screens; each cell knows its heading."""
    anchor = title.lower().replace(" ", "-")
    if not rows:
        return tag("section", tag("h2", title, id=anchor), tag("p", "None yet.", class_="empty"))
    more = tag("p", f"The newest {len(rows)} of {total}.", class_="empty") if total > len(rows) else ""
    head = tag("thead", tag("tr", *(tag("th", heading, scope="col") for heading in headings)))
    body = tag("tbody", *(_row(headings, row) for row in rows))
    return tag("section", tag("h2", title, id=anchor), tag("table", head, body), more)


def _row(headings: list[str], cells: list[Any]) -> Markup:
    pairs = zip(headings, cells, strict=True)
    return tag("tr", *(tag("td", cell, data_label=heading) for heading, cell in pairs))


def moment(at: float) -> Markup:
    written_out = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
    return tag(
        "time", written_out[11:], datetime=written_out.replace(" ", "T") + "Z", title=f"{written_out} UTC"
    )


def status_badge(status: str) -> Markup:
    good = ("succeeded", "delivered", "won", "warning_closed")
    bad = ("failed", "canceled", "lost", "needs_response", "stopped")
    look = "good" if status in good else "bad" if status in bad else "open"
    return tag("span", status, class_=f"badge {look}")
