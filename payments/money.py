"""Between the shop's amounts and Stripe's: Decimal here, integers of the smallest unit there.

Source: docs.stripe.com/currencies.
"""

from decimal import Decimal

from babel.numbers import format_currency
from django.conf import settings
from django.utils.translation import to_locale

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
"""Their smallest unit is the unit itself."""

WHOLE_UNITS_ONLY = frozenset({"isk", "ugx"})
"""No small coin exists, yet Stripe counts them in hundredths, which must be 00."""

THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
"""Counted in thousandths; Stripe wants the last digit to be 0."""

LARGEST_MINOR = 99_999_999
"""Stripe takes at most eight digits."""


class Unpayable(ValueError):
    """An amount that Stripe cannot charge in this currency."""


def to_minor(amount: Decimal, currency: str) -> int:
    """`Decimal("27.93"), "gbp"` to 2793. Raises Unpayable rather than round."""
    minor = amount.scaleb(_exponent(currency))
    if minor % _step(currency):
        raise Unpayable(f"{amount} {currency} has more decimals than the currency")
    if not 0 <= minor <= LARGEST_MINOR:
        raise Unpayable(f"{amount} {currency} is outside what Stripe can charge")
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    """2793, `"gbp"` to `Decimal("27.93")`."""
    return Decimal(minor).scaleb(-_exponent(currency))


def _exponent(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def _step(currency: str) -> int:
    if currency in WHOLE_UNITS_ONLY:
        return 100
    return 10 if currency in THREE_DECIMAL else 1


def written(amount: Decimal, currency: str) -> str:
    """`£12.94`, in the language of the shop."""
    return format_currency(amount, currency.upper(), locale=to_locale(settings.LANGUAGE_CODE))
