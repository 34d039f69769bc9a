"""Charts as SVG, drawn on the server. Every chart stands beside a table with the same figures.

Nothing depends on colour: a second series goes the other way and is hatched. Colours and sizes of letters are in
static/admin-shop/dashboard.css. All text is escaped by format_html.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 96, 8, 16, 60
"""Room for the words at the axes."""

BAR = 0.72
"""Of the room that each bar has."""

ROW = 52
"""Height of one bar that lies, with its words above it."""

MOST_LABELS = 8
Words = Callable[[float], str]


@dataclass(frozen=True)
class Point:
    """One place on the axis. `down` is drawn below the line; None: nothing was measured."""

    name: str
    label: str
    up: float | None
    down: float = 0.0
    told: str = ""
    """What the pointer is shown."""


def columns(
    key: str, title: str, summary: str, points: Sequence[Point], say: Words, *, least: float = 0.0
) -> SafeString:
    """Standing bars. `key` is unique on the page; lines of the grid are at least `least` apart."""
    scale = _Scale.of(points, least)
    width = (WIDTH - LEFT - RIGHT) / max(len(points), 1)
    bars = [
        _column(key, scale, LEFT + (n + (1 - BAR) / 2) * width, width * BAR, point)
        for n, point in enumerate(points)
    ]
    drawn = _together([_grid(scale, say), *bars, _labels(points, width)])
    return _svg(key, title, summary, HEIGHT, drawn)


def lying_bars(key: str, title: str, summary: str, points: Sequence[Point], say: Words) -> SafeString:
    """Bars that lie, each with its name above and its number at the end: for things that have long names."""
    top = max((point.up or 0 for point in points), default=0) or 1
    rows = [_lying(n, point, (point.up or 0) / top, say) for n, point in enumerate(points)]
    return _svg(key, title, summary, ROW * len(points) + 4, _together(rows))


@dataclass(frozen=True)
class _Scale:
    """From values to heights. `step` is between two lines of the grid."""

    low: float
    high: float
    step: float

    @classmethod
    def of(cls, points: Sequence[Point], least: float) -> "_Scale":
        up = max((point.up or 0 for point in points), default=0)
        down = max((point.down for point in points), default=0)
        step = max(round_step((up + down) / 4 or 1), least)
        return cls(-_ceiling(down, step), _ceiling(up, step) or step, step)

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)

    @property
    def lines(self) -> list[float]:
        number = round((self.high - self.low) / self.step)
        return [self.low + n * self.step for n in range(number + 1)]


def round_step(size: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... from `size` up."""
    power = 1.0
    while power < size:
        power *= 10
    while power >= size * 10:
        power /= 10
    return next(power * part for part in (0.2, 0.5, 1) if power * part >= size - 1e-9)


def _ceiling(value: float, step: float) -> float:
    return -(-value // step) * step


def _column(key: str, scale: _Scale, x: float, width: float, point: Point) -> SafeString:
    up = point.up or 0
    parts = [_rect("chart-up", x, scale.y(up), width, scale.y(0) - scale.y(up))] if up > 0 else []
    if point.down > 0:
        down = scale.y(-point.down) - scale.y(0)
        parts.append(_rect("chart-down", x, scale.y(0), width, down))
        parts.append(_hatched(key, x, scale.y(0), width, down))
    return format_html("<g>{}<title>{}</title></g>", _together(parts), point.told) if parts else SafeString()


def _rect(role: str, x: float, y: float, width: float, height: float) -> SafeString:
    box = (_n(x), _n(y), _n(width), _n(height))
    return format_html('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', role, *box)


def _hatched(key: str, x: float, y: float, width: float, height: float) -> SafeString:
    box = (_n(x), _n(y), _n(width), _n(height))
    return format_html('<rect fill="url(#{}-hatch)" x="{}" y="{}" width="{}" height="{}"/>', key, *box)


def _grid(scale: _Scale, say: Words) -> SafeString:
    lines = (
        (
            "chart-zero" if abs(value) < scale.step / 2 else "chart-line",
            LEFT,
            WIDTH - RIGHT,
            _n(scale.y(value)),
            LEFT - 8,
            say(abs(value)),
        )
        for value in scale.lines
    )
    return format_html_join(
        "",
        '<line class="{0}" x1="{1}" x2="{2}" y1="{3}" y2="{3}"/>'
        '<text class="chart-value" x="{4}" y="{3}" dy="0.35em" text-anchor="end">{5}</text>',
        lines,
    )


def _labels(points: Sequence[Point], width: float) -> SafeString:
    """As many names as there is room for; every second one is left out where the chart is drawn small."""
    every = max(1, -(-len(points) // MOST_LABELS))
    shown = [(n, point) for n, point in enumerate(points) if n % every == 0]
    names = (
        ("chart-name" if i % 2 == 0 else "chart-name chart-name--wide", _n(LEFT + (n + 0.5) * width), point)
        for i, (n, point) in enumerate(shown)
    )
    rows = ((role, x, HEIGHT - 14, point.label) for role, x, point in names)
    return format_html_join("", '<text class="{}" x="{}" y="{}" text-anchor="middle">{}</text>', rows)


def _lying(n: int, point: Point, share: float, say: Words) -> SafeString:
    length = max(share * (WIDTH - 110), 2)
    return format_html(
        '<text class="chart-title" x="0" y="{}">{}</text>{}<text class="chart-end" x="{}" y="{}">{}</text>',
        n * ROW + 20,
        _short(point.name),
        _rect("chart-up", 0, n * ROW + 27, length, 16),
        _n(length + 8),
        n * ROW + 41,
        say(point.up or 0),
    )


def _short(name: str, most: int = 52) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _svg(key: str, title: str, summary: str, height: int, drawn: SafeString) -> SafeString:
    return format_html(
        '<svg class="chart-drawing" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="{key}-title {key}-summary">'
        '<title id="{key}-title">{title}</title><desc id="{key}-summary">{summary}</desc>'
        '<defs><pattern id="{key}-hatch" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="chart-hatch" width="3" height="8"/></pattern></defs>'
        "{drawn}</svg>",
        key=key,
        width=WIDTH,
        height=height,
        title=title,
        summary=summary,
        drawn=drawn,
    )


def _together(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _n(length: float) -> str:
    return f"{length:.1f}"
