"""An address as it is written on a parcel. Source: the Universal Postal Union's addressing guides of the countries."""

from dataclasses import dataclass

from . import countries

POSTCODE_FIRST = frozenset(
    "AD AL AT BA BE BG CH CY CZ DE DK EE ES FI FO FR GL GR HR HU IS IT LI LT LU MA MC MD ME MK NL NO PL PT RO RS "
    "SE SI SK SM TN TR VA".split()
)
"""Countries that write `10115 Berlin`. Elsewhere it is `Austin 78701`, and in some the postcode has its own line."""

POSTCODE_BELOW = frozenset({"GB", "IE", "GG", "IM", "JE", "UA", "RU"})


@dataclass(frozen=True)
class Address:
    """Who gets the books, and where."""

    full_name: str
    address_line1: str
    address_line2: str
    city: str
    postal_code: str
    country: str
    """ISO 3166-1 code."""

    @property
    def lines(self) -> list[str]:
        """From the name to the country's name, none of them empty."""
        street = [self.full_name, self.address_line1, self.address_line2]
        return list(filter(None, [*street, *self._town, countries.name_of(self.country)]))

    @property
    def _town(self) -> list[str]:
        if self.country in POSTCODE_BELOW:
            return [self.city, self.postal_code]
        is_first = self.country in POSTCODE_FIRST
        pair = (self.postal_code, self.city) if is_first else (self.city, self.postal_code)
        return [" ".join(filter(None, pair))]
