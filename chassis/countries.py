"""Country codes. A service that imports this has iso3166 in its requirements."""

from typing import Any

from iso3166 import countries_by_alpha2
from rest_framework import serializers

COUNTRIES = sorted(countries_by_alpha2)


class CountryField(serializers.ChoiceField):
    """An ISO 3166-1 alpha-2 code in upper case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(COUNTRIES, help_text="ISO 3166-1 alpha-2, in capitals.", **options)
