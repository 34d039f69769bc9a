"""Bookcloth: the colours that a cover may be bound in."""

from typing import NamedTuple


class Palette(NamedTuple):
    cloth: str
    """The ground."""
    shade: str
    """Most of the ornament; near the ground."""
    light: str
    """The rest of the ornament, and rules; far from the ground."""
    ink: str
    """Letters; at least 4.5:1 on the ground."""


PALETTES = (
    Palette("#1f4f3c", "#37765a", "#d9b56b", "#f7f0df"),  # binding green
    Palette("#6e2233", "#9a4251", "#e7b98f", "#fbefe3"),  # burgundy
    Palette("#1e2f4d", "#40608b", "#d8c08a", "#f4eedd"),  # navy
    Palette("#d6a043", "#a86f1d", "#f7e6bb", "#2a1b08"),  # ochre
    Palette("#a84a34", "#7c3020", "#f3c9a0", "#fff6ec"),  # terracotta
    Palette("#1c5761", "#3c8791", "#f0c987", "#f2f5ec"),  # teal
    Palette("#4b2a4f", "#7b4f7d", "#e3b7a0", "#f8eef2"),  # plum
    Palette("#f1e6cf", "#c2523a", "#2f4858", "#2b221a"),  # cream
    Palette("#3a444e", "#66747f", "#d6a756", "#f3efe6"),  # slate
    Palette("#e6bba9", "#b3584c", "#fbeadd", "#3a1512"),  # rose
    Palette("#bcc7a6", "#66805a", "#f5f1de", "#1f2c19"),  # sage
    Palette("#1d1c20", "#4b4752", "#c9a24b", "#f5efe0"),  # ink
)
