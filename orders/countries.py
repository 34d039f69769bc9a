"""Countries that a parcel can go to, named in the visitor's language. Source: CLDR, through Babel."""

import unicodedata
from functools import lru_cache

from babel.core import Locale
from django.conf import settings
from django.utils.translation import get_language, to_locale

NOT_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
"""Two-letter codes of CLDR that no parcel can be addressed to by themselves."""


def choices() -> list[tuple[str, str]]:
    """ISO 3166-1 codes and names, by name."""
    return sorted(_names(_locale()).items(), key=lambda pair: _without_accents(pair[1]))


def name_of(code: str) -> str:
    """The country's name; the code itself where there is none."""
    return _names(_locale()).get(code, code)


def _without_accents(name: str) -> str:
    """Where readers look for a name: Åland among those with A."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()


def _locale() -> str:
    return to_locale(get_language() or settings.LANGUAGE_CODE)


@lru_cache
def _names(locale: str) -> dict[str, str]:
    territories = Locale.parse(locale).territories
    codes = [str(code) for code in territories]
    return {code: territories[code] for code in codes if _is_country(code)}


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
