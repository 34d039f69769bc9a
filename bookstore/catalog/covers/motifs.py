"""Ornaments for covers. Each fills the width of a cover from `top` to the foot, and takes its chances from `dice`."""

from collections.abc import Callable, Iterator
from math import cos, pi, sin

from .palettes import Palette

WIDTH, HEIGHT = 300, 450

Dice = Callable[[int], int]
"""`dice(n)`: a whole number below n; the same sequence for the same book."""
Motif = Callable[[Palette, int, Dice], Iterator[str]]


def arches(colour: Palette, top: int, dice: Dice) -> Iterator[str]:
    """A doorway of nested round arches."""
    count = 5 + dice(2)
    for i in range(count):
        r = round(150 * (count - i) / count)
        spring = top + 166 + i * 8
        fill = (colour.shade, colour.cloth)[i % 2] if i < count - 1 else colour.light
        yield filled(f"M{150 - r} {HEIGHT}V{spring}a{r} {r} 0 0 1 {2 * r} 0V{HEIGHT}z", fill)


def rings(colour: Palette, top: int, dice: Dice) -> Iterator[str]:
    """Circles around one point, like water or an orbit."""
    x = (60, 150, 240)[dice(3)]
    y = (top + HEIGHT) // 2 + 20 + dice(60)
    for i in range(11, 0, -1):
        line, width = (colour.light, 3) if i in (2, 5) else (colour.shade, 9)
        yield f'<circle cx="{x}" cy="{y}" r="{i * 27}" fill="none" stroke="{line}" stroke-width="{width}"/>'
    yield disc(x, y, 13, colour.light)


def columns(colour: Palette, top: int, dice: Dice) -> Iterator[str]:
    """Books on a shelf, a skyline, organ pipes."""
    x, space = 3, HEIGHT - top
    while x < WIDTH:
        width = 16 + 6 * dice(4)
        height = space * (45 + dice(50)) // 100
        fill = (colour.shade, colour.shade, colour.light)[dice(3)]
        yield filled(f"M{x} {HEIGHT}v-{height}a{width // 2} {width // 2} 0 0 1 {width} 0v{height}z", fill)
        x += width + 7


QUARTERS = (
    "M0 0h60a60 60 0 0 1-60 60z",
    "M60 0v60a60 60 0 0 1-60-60z",
    "M60 60H0a60 60 0 0 1 60-60z",
    "M0 60V0a60 60 0 0 1 60 60z",
)


def tiles(colour: Palette, top: int, dice: Dice) -> Iterator[str]:
    """Quarter circles, each turned at random."""
    side = 60
    for y in range(HEIGHT - side, top - side // 2, -side):
        for x in range(0, WIDTH, side):
            fill = (colour.shade, colour.shade, colour.shade, colour.light)[dice(4)]
            # The hair of a stroke closes the seams between neighbours.
            more = f'stroke="{fill}" stroke-width=".7" transform="translate({x} {y})"'
            yield filled(QUARTERS[dice(4)], fill, more)


def waves(colour: Palette, top: int, dice: Dice) -> Iterator[str]:
    """The sea, swell upon swell."""
    step, swing, bright = 26, 10 + dice(8), 1 + dice(3)
    for i, y in enumerate(range(top + 34, HEIGHT + step, step)):
        left = -75 - (i % 2) * 37
        line, width = (colour.light, 4) if i % 4 == bright else (colour.shade, 8)
        yield stroked(f"M{left} {y}q37-{2 * swing} 75 0t75 0 75 0 75 0 75 0 75 0", line, width)


def sprig(colour: Palette, top: int, dice: Dice) -> Iterator[str]:
    """A stem with pairs of leaves, and a berry at its end."""
    lean = 12 * (dice(5) - 2)
    tip, foot = top + 46, HEIGHT + 10
    yield stroked(f"M150 {foot}Q150 {(tip + foot) // 2} {150 + lean} {tip}", colour.light, 3)
    pairs = max(4, (foot - tip) // 48)
    for i in range(pairs):
        part = (i + 0.7) / (pairs + 0.2)  # of the way from the tip down
        x, y = 150 + lean * (1 - part) ** 2, tip + (foot - tip) * part
        for side in (-1, 1):
            fill = colour.light if (i + (side > 0)) % 3 == 0 else colour.shade
            yield filled(_leaf(round(x), round(y), side, 44 + 62 * part), fill)
    yield disc(150 + lean, tip, 9, colour.light)


def _leaf(x: int, y: int, side: int, length: float) -> str:
    """From the stem at (x, y) outwards and up, and back in a fuller curve."""
    reach, rise = round(side * length), round(length / 2)
    return (
        f"M{x} {y}q{reach * 0.3:.0f} {-rise * 1.24:.0f} {reach} {-rise}"
        f"q{-reach * 0.06:.0f} {rise * 1.2:.0f} {-reach} {rise}z"
    )


def sun(colour: Palette, top: int, dice: Dice) -> Iterator[str]:
    """Rays from a half disc on the horizon."""
    rays = 9 + 2 * dice(3)
    horizon, reach = HEIGHT - 46 - dice(40), 520
    for i in range(rays):
        ends = [
            (150 - reach * cos(a), horizon - reach * sin(a)) for a in (pi * i / rays, pi * (i + 0.5) / rays)
        ]
        yield filled(f"M150 {horizon}" + "".join(f"L{x:.0f} {y:.0f}" for x, y in ends) + "z", colour.shade)
    yield disc(150, horizon, 74, colour.cloth)
    yield disc(150, horizon, 62, colour.light)
    yield filled(f"M0 {horizon}h{WIDTH}V{HEIGHT}H0z", colour.cloth)
    for y in range(horizon + 1, HEIGHT, 17):
        yield stroked(f"M0 {y}h{WIDTH}", colour.shade, 5)


def stripes(colour: Palette, top: int, dice: Dice) -> Iterator[str]:
    """A regimental ribbon."""
    slope = (-225, 225)[dice(2)]
    broad = 14 + 4 * dice(4)
    ribbon = [(28, colour.shade, 10), (6, colour.light, 10), (broad, colour.shade, 16)]
    x = -HEIGHT
    while x < WIDTH + HEIGHT:
        for width, fill, gap in ribbon:
            yield filled(f"M{x} {HEIGHT}h{width}l{slope}-{HEIGHT}h-{width}z", fill)
            x += width + gap


def filled(path: str, fill: str, more: str = "") -> str:
    return f'<path d="{path}" fill="{fill}" {more}/>' if more else f'<path d="{path}" fill="{fill}"/>'


def stroked(path: str, colour: str, width: float) -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def disc(x: int, y: int, radius: int, fill: str) -> str:
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}"/>'


MOTIFS: tuple[Motif, ...] = (arches, rings, columns, tiles, waves, sprig, sun, stripes)
