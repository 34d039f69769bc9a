"""A picture that staff upload for a cover: decoded, scaled, and encoded again. Nothing else of the file is kept."""

import struct
import zlib
from io import BytesIO
from typing import IO, Any, NamedTuple

from PIL import Image, ImageOps

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
"""Checked before anything is decoded: a file of a few kilobytes may claim to be a wall."""
LEAST_SIDE = 100
STEEPEST = 3
"""How many times as high as wide, or as wide as high."""
FORMATS = ("JPEG", "PNG", "WEBP")
LARGE, SMALL = (640, 960), (300, 450)
"""Twice what a book's page shows, for dense screens; what a card shows."""
QUALITY = 82
BROKEN = (OSError, SyntaxError, ValueError, TypeError, IndexError, EOFError, struct.error, zlib.error)
"""What Pillow's decoders raise on files that are cut off or made up."""
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class NoCover(ValueError):
    """The file cannot be a cover; the text says why."""


class Pictures(NamedTuple):
    """WebP."""

    large: bytes
    small: bytes


def pictures_from(file: IO[Any]) -> Pictures:
    """Raises NoCover."""
    try:
        picture = _decoded(file)
    except BOMBS as bomb:
        raise NoCover(_too_many_pixels()) from bomb
    except NoCover:
        raise
    except BROKEN as wrong:
        raise NoCover("This is no picture that we can read. Use a JPEG, PNG or WebP file.") from wrong
    return Pictures(_encoded(picture, LARGE), _encoded(picture, SMALL))


def _decoded(file: IO[Any]) -> Image.Image:
    """Upright, at most as large as needed, on white, and without anything that is not a pixel."""
    picture: Image.Image = Image.open(file, formats=FORMATS)
    _check(*picture.size)
    longest = 2 * max(LARGE)
    picture.draft("RGB", (longest, longest))  # a JPEG is scaled while it is decoded
    if picture.mode not in ("RGB", "RGBA", "L"):
        picture = _with_orientation(
            picture.convert("RGBA" if picture.has_transparency_data else "RGB"), picture
        )
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=3)
    picture = ImageOps.exif_transpose(picture)
    pixels = Image.new("RGB", picture.size, "white")
    pixels.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return pixels


def _with_orientation(converted: Image.Image, original: Image.Image) -> Image.Image:
    converted.getexif().update(original.getexif())
    return converted


def _check(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise NoCover(_too_many_pixels())
    if min(width, height) < LEAST_SIDE:
        raise NoCover(f"The picture is too small: at least {LEAST_SIDE} pixels each way.")
    if max(width, height) > STEEPEST * min(width, height):
        raise NoCover("The picture is much too long or too wide for a cover.")


def _too_many_pixels() -> str:
    return f"The picture is too large: at most {MOST_PIXELS // 1_000_000} million pixels."


def _encoded(picture: Image.Image, box: tuple[int, int]) -> bytes:
    scaled, out = picture.copy(), BytesIO()
    scaled.thumbnail(box, Image.Resampling.LANCZOS)
    scaled.save(out, "WEBP", quality=QUALITY, method=5)
    return out.getvalue()
