"""Amounts as people read them."""

from decimal import Decimal
from functools import lru_cache

from babel.core import Locale
from babel.numbers import format_currency
from django import template
from django.conf import settings
from django.utils.translation import get_language, to_locale

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str = "") -> str:
    """`Decimal("27.93")` as `£27.93`; `currency` is an ISO 4217 code, the shop's own when left out."""
    locale = Locale.parse(to_locale(get_language() or settings.LANGUAGE_CODE))
    return _formatted(Decimal(amount), (currency or settings.SHOP_CURRENCY).upper(), str(locale))


@lru_cache(maxsize=4096)
def _formatted(amount: Decimal, currency: str, locale: str) -> str:
    return format_currency(amount, currency, locale=locale)
