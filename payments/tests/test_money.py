"""Amounts on their way to Stripe and back."""

from decimal import Decimal

import pytest

from payments.money import LARGEST_MINOR, Unpayable, from_minor, to_minor, written


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("27.93", "gbp", 2793),
        ("0.30", "gbp", 30),
        ("500", "jpy", 500),
        ("500.00", "jpy", 500),
        ("12.340", "kwd", 12340),
        ("100.00", "isk", 10000),
        ("3000", "ugx", 300000),
        ("999999.99", "usd", LARGEST_MINOR),
        ("0", "gbp", 0),
    ],
)
def test_amounts_are_counted_in_the_smallest_unit_and_back(amount, currency, minor):
    assert to_minor(Decimal(amount), currency) == minor
    assert from_minor(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("9.999", "gbp"),
        ("500.50", "jpy"),
        ("12.345", "kwd"),  # Stripe wants the third digit to be 0
        ("100.50", "isk"),  # no small coin exists
        ("1000000.00", "usd"),  # nine digits
        ("-1.00", "gbp"),
    ],
)
def test_what_stripe_cannot_charge_is_refused_rather_than_rounded(amount, currency):
    with pytest.raises(Unpayable):
        to_minor(Decimal(amount), currency)


def test_an_amount_never_becomes_a_float():
    assert isinstance(to_minor(Decimal("0.10"), "gbp"), int)
    assert from_minor(10, "gbp").as_tuple().exponent == -2


def test_people_read_an_amount_as_the_shops_language_writes_it(settings):
    settings.LANGUAGE_CODE = "de"

    assert written(Decimal("1294.50"), "gbp") == "1.294,50\xa0£"
