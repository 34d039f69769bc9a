"""Addresses are written as the country of their readers writes them."""

import pytest

from orders.addresses import Address


def written(country: str, city: str, postal_code: str, second: str = "") -> list[str]:
    return Address(
        full_name="Ann Shopper",
        address_line1="12 Endpaper Lane",
        address_line2=second,
        city=city,
        postal_code=postal_code,
        country=country,
    ).lines


@pytest.mark.parametrize(
    ("country", "city", "postal_code", "town"),
    [
        ("GB", "Whitby", "YO21 1AB", ["Whitby", "YO21 1AB"]),
        ("IE", "Dublin", "D02 X285", ["Dublin", "D02 X285"]),
        ("DE", "Berlin", "10115", ["10115 Berlin"]),
        ("US", "Austin", "78701", ["Austin 78701"]),
        ("HK", "Kowloon", "", ["Kowloon"]),
        ("FR", "Paris", "", ["Paris"]),
    ],
)
def test_town_and_postcode_stand_as_in_their_country(country, city, postal_code, town):
    assert written(country, city, postal_code)[2:-1] == town


def test_the_name_comes_first_the_country_last_and_no_line_is_empty():
    assert written("GB", "Leeds", "LS1 4AP", "Flat 2") == [
        "Ann Shopper",
        "12 Endpaper Lane",
        "Flat 2",
        "Leeds",
        "LS1 4AP",
        "United Kingdom",
    ]
    assert "" not in written("GB", "Leeds", "LS1 4AP")
