"""Figures in words."""

from collections.abc import Callable
from decimal import Decimal

from babel.numbers import format_compact_currency
from django.conf import settings
from django.utils.translation import get_language, to_locale

from bookstore.templatetags.money import money

Exact = int | Decimal
Number = Exact | float


def compared(now: Exact | None, before: Exact | None, say: Callable[[Number], str]) -> str:
    """Against the time before: `£20.00 more than the £100.00 before (+20 %)`."""
    if before is None:
        return "Nothing to compare with before"
    if now is None:
        return f"{say(before)} before"
    change = Decimal(now) - Decimal(before)
    if not change:
        return f"The same as before ({say(before)})"
    if not before:
        return f"{say(0)} before"
    words = f"{say(abs(change))} {'more' if change > 0 else 'less'} than the {say(before)} before"
    return f"{words} ({_percent(change / before)})" if before > 0 else words


def amount(value: Number) -> str:
    return money(Decimal(value))


def round_amount(value: Number) -> str:
    """For an axis: `£250`, `£12K`."""
    if value >= 10_000:
        return format_compact_currency(value, settings.SHOP_CURRENCY.upper(), locale=_locale())
    return amount(value).removesuffix(".00")


def number(value: Number) -> str:
    return f"{value:,.0f}"


def duration(seconds: Number) -> str:
    """In the unit that fits: `0.4 s`, `12 s`, `3 min`, `2.5 h`, `3 days`."""
    for limit, size, unit, digits in (
        (10, 1, "s", 1),
        (120, 1, "s", 0),
        (7_200, 60, "min", 0),
        (172_800, 3_600, "h", 1),
    ):
        if seconds < limit:
            return f"{_plain(float(seconds) / size, digits)} {unit}"
    return f"{_plain(float(seconds) / 86_400, 1)} days"


def _plain(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".removesuffix(".0")


def _locale() -> str:
    return to_locale(get_language() or settings.LANGUAGE_CODE)


def _percent(share: Decimal) -> str:
    return f"{share:+.0%}".replace("%", " %").replace("-", "−")
