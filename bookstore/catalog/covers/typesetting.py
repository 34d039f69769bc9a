"""Fits words into a box without a font to measure them: by the usual widths of a serif's letters."""

from typing import NamedTuple

NARROW, WIDE, CAPITAL, USUAL = 0.34, 0.92, 0.74, 0.57  # of the size
SERIF = "Iowan Old Style,Palatino Linotype,Palatino,URW Palladio L,Book Antiqua,Georgia,serif"


class Setting(NamedTuple):
    size: int
    lines: list[str]

    @property
    def leading(self) -> float:
        return self.size * 1.16

    @property
    def height(self) -> float:
        return self.leading * len(self.lines)


def width_of(text: str, size: float, spacing: float = 0) -> float:
    return sum(_width(letter) * size + spacing for letter in text)


def fitted(text: str, *, width: int, height: int, sizes: range, spacing: float = 0) -> Setting:
    """The largest setting that fits; what does not fit in the smallest ends in an ellipsis."""
    for size in sizes:
        setting = Setting(size, _wrapped(text, size, width, spacing))
        if setting.height <= height and all(width_of(line, size, spacing) <= width for line in setting.lines):
            return Setting(size, _balanced(setting.lines, size, spacing))
    return _cut(Setting(sizes[-1], _wrapped(text, sizes[-1], width, spacing)), width, height)


def _wrapped(text: str, size: float, width: int, spacing: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}", size, spacing) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _balanced(lines: list[str], size: float, spacing: float) -> list[str]:
    """As many lines, as equal in length as words allow."""
    width = max((int(width_of(line, size, spacing)) for line in lines), default=0)
    while width > 0:
        narrower = _wrapped(" ".join(lines), size, width, spacing)
        if len(narrower) > len(lines) or any(width_of(line, size, spacing) > width + 1 for line in narrower):
            break
        lines, width = narrower, width - 4
    return lines


def _cut(setting: Setting, width: int, height: int) -> Setting:
    """No more lines than the box holds, no line wider than it."""
    most = max(1, int(height / setting.leading))
    lines = setting.lines[:most]
    if len(setting.lines) > most:
        lines[-1] += " …"
    return Setting(setting.size, [_shortened(line, setting.size, width) for line in lines])


def _shortened(line: str, size: float, width: int) -> str:
    while width_of(line, size) > width and len(line) > 1:
        line = line.rstrip("…").rstrip()[:-1] + "…"
    return line


def _width(letter: str) -> float:
    if letter in " .,:;'’|!iIjlt()-":
        return NARROW
    if letter in "mMwW—" or ord(letter) > 0x2E80:
        return WIDE if ord(letter) < 0x2E80 else 1.0
    return CAPITAL if letter.isupper() else USUAL
