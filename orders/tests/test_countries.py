"""Countries that a parcel can go to."""

from django.utils import translation

from orders import countries


def test_every_country_has_a_code_of_two_letters_and_a_name():
    for code, name in countries.choices():
        assert len(code) == 2
        assert code.isupper()
        assert name


def test_unions_and_pseudo_regions_are_no_countries():
    assert not {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"} & dict(countries.choices()).keys()
    assert {"GB", "IE", "DE", "US", "JP", "XK"} <= dict(countries.choices()).keys()


def test_countries_stand_where_readers_look_for_them():
    names = [name for _, name in countries.choices()]

    assert names.index("Åland Islands") < names.index("Albania") < names.index("Zimbabwe")
    assert len(names) > 240


def test_names_follow_the_visitors_language():
    with translation.override("de"):
        assert countries.name_of("DE") == "Deutschland"
    assert countries.name_of("DE") == "Germany"


def test_an_unknown_code_stands_for_itself():
    assert countries.name_of("ZZ") == "ZZ"
