"""Draws a cover for every book: cloth, ornament, title and author, always the same for the same book."""

from hashlib import sha256

from django.utils.html import escape

from .motifs import HEIGHT, MOTIFS, WIDTH, Dice, Motif, filled, sprig, stroked
from .palettes import PALETTES, Palette
from .typesetting import SERIF, Setting, fitted

DESIGN = "1"
"""Changes with what is drawn, so that browsers fetch covers again."""

CENTRE = 157
"""Of the words: the spine takes a little of the width."""
SPACING = 1.4
"""Between the capitals of an author's name."""

SPINE = (
    '<linearGradient id="s"><stop stop-opacity=".34"/><stop offset=".35" stop-opacity=".04"/>'
    '<stop offset=".5" stop-color="#fff" stop-opacity=".2"/><stop offset=".68" stop-opacity=".16"/>'
    '<stop offset="1" stop-opacity="0"/></linearGradient>'
)


def version(isbn13: str, title: str, author: str) -> str:
    return sha256("\n".join([DESIGN, isbn13, title, author]).encode()).hexdigest()[:10]


def draw(isbn13: str, title: str, author: str) -> str:
    """An SVG of 300 × 450. Whatever stands in title and author is shown as text."""
    dice = _dice(isbn13)
    colour = PALETTES[int(isbn13[:-1]) * 5 % len(PALETTES)]  # never the same for neighbours in a run of ISBNs
    motif = MOTIFS[dice(len(MOTIFS))]
    layout = _banner if motif is sprig else (_banner, _label)[dice(2)]  # a label would cut the sprig in two
    name = escape(f"{title}, {author}" if author else title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"<title>{name}</title><defs>{SPINE}</defs>"
        f"{filled(f'M0 0h{WIDTH}v{HEIGHT}H0z', colour.cloth)}"
        f'<g font-family="{SERIF}" text-anchor="middle">{layout(colour, motif, dice, title, author)}</g>'
        f"{filled(f'M0 0h34v{HEIGHT}H0z', 'url(#s)')}</svg>"
    )


def _banner(colour: Palette, motif: Motif, dice: Dice, title: str, author: str) -> str:
    """Words above, a rule, the ornament below."""
    words = fitted(title, width=228, height=150, sizes=range(40, 11, -1))
    names = fitted(author.upper(), width=220, height=40, sizes=range(15, 9, -1), spacing=SPACING)
    rule = 46 + words.height + 12
    below = max(round(rule + 40 + names.height), 190)
    return (
        "".join(motif(colour, below, dice))
        + filled(f"M0 0h{WIDTH}v{below}H0z", colour.cloth)
        + _lines(words, 40, colour.ink)
        + stroked(f"M{CENTRE - 22} {rule:.0f}h44", colour.light, 2)
        + _lines(names, rule + 12, colour.ink, SPACING)
    )


def _label(colour: Palette, motif: Motif, dice: Dice, title: str, author: str) -> str:
    """The ornament over all, the words on a label."""
    words = fitted(title, width=184, height=170, sizes=range(34, 11, -1))
    names = fitted(author.upper(), width=184, height=40, sizes=range(14, 9, -1), spacing=SPACING)
    height = round(words.height + names.height + (76 if author else 56))
    top = (62, 62, (HEIGHT - height) // 2)[dice(3)]
    return (
        "".join(motif(colour, 0, dice))
        + filled(f"M{CENTRE - 114} {top}h228v{height}h-228z", colour.cloth)
        + stroked(f"M{CENTRE - 108} {top + 6}h216v{height - 12}h-216z", colour.light, 1.5)
        + _lines(words, top + 26, colour.ink)
        + _lines(names, top + height - names.height - 28, colour.ink, SPACING)
    )


def _lines(setting: Setting, top: float, ink: str, spacing: float = 0) -> str:
    """Lines of text below `top`."""
    style = f'font-size="{setting.size}" fill="{ink}"'
    if spacing:
        style += f' letter-spacing="{spacing}"'
    lines = (
        f'<text x="{CENTRE}" y="{top + setting.leading * i + setting.size * 0.86:.0f}" {style}>{escape(line)}</text>'
        for i, line in enumerate(setting.lines)
    )
    return "".join(lines)


def _dice(isbn13: str) -> Dice:
    """A SHA-256 of the ISBN, spent throw by throw."""
    left = int.from_bytes(sha256(isbn13.encode()).digest())

    def dice(sides: int) -> int:
        nonlocal left
        left, thrown = divmod(left, sides)
        return thrown

    return dice
