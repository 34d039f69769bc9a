"""Titles and names as search compares them, as a shelf orders them, and as an address spells them."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import count

from django.utils.text import slugify

ARTICLES = ("a", "an", "the")
LONGEST_SLUG = 60
# Letters that Unicode does not take apart into a plain letter and an accent.
PLAIN_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def folded(text: str) -> str:
    """Lower case, no accents, no punctuation, one space between words."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(PLAIN_LETTERS))
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", re.sub(r"['’ʼ`]", "", letters)).strip()


def shelf_order(title: str) -> str:
    """`The Odyssey` stands among those with `o`, as `odyssey`."""
    first, _, rest = folded(title).partition(" ")
    return rest if rest and first in ARTICLES else f"{first} {rest}".strip()


def free_slug(words: Sequence[str], is_taken: Callable[[str], bool]) -> str:
    """The shortest free slug: of the first words alone, then with the second, and so on; numbered at last.

    >>> free_slug(["Poems", "Emily Brontë", "paperback"], {"poems"}.__contains__)
    'poems-emily-bronte'
    """
    slug = ""
    for more in words:
        slug = f"{slug}-{_slug(more)}".strip("-")
        if slug and not is_taken(slug):
            return slug
    stem = slug or "book"
    return next(numbered for n in count(2) if not is_taken(numbered := f"{stem}-{n}"))


def _slug(text: str) -> str:
    """Cut between words where it is long."""
    slug = slugify(folded(text))
    return (
        slug
        if len(slug) <= LONGEST_SLUG
        else slug[: LONGEST_SLUG + 1].rpartition("-")[0] or slug[:LONGEST_SLUG]
    )
