"""Search and sorting do not depend on the locale of the database."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection

from products import services
from products.models import Product

NAMES = {
    "QUOTED": "“Sunrise” lantern",
    "NBSP": "Fish\u00a0Kettle",
    "DASH": "Desk–Mate",
    "APOSTROPHE": "O’Brien chair",
    "GUILLEMETS": "«Lumière»",
    "TIMES": "Frame 10×15",
    "CHINESE": "茶，烏龍",
    "THIN": "Soup\u2009Ladle",
    "BULLET": "Cup•Saucer",
    "EURO": "Voucher€Card",
    "ZERO": "Water\u200bCan",
    "SOFT": "Candle\u00adstick",
    "ARROW": "North→South",
    "EMOJI": "Happy🎉Hour",
    "ELLIPSIS": "Wait…What",
    "WIDE": "ＦＵＴＯＮ",
    "NORDIC": "Smørebrød Straße",
    "HINDI": "हिन्दी किताब",
}


@pytest.fixture(scope="module", params=["C", "C.UTF-8"])
def catalogue(request, django_db_setup, django_db_blocker):
    """A separate database with this LC_CTYPE, which defines what a letter is."""
    original = connection.settings_dict["NAME"]
    options = connection.settings_dict["OPTIONS"]
    name = f"{original}_{request.param.replace('.', '_').replace('-', '_').lower()}"
    limits = options.pop("options", None)
    with django_db_blocker.unblock():
        connection.close()
        try:
            _run(f"DROP DATABASE IF EXISTS {name}")
            _run(
                f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER libc"
                f" LC_COLLATE 'C' LC_CTYPE '{request.param}'"
            )
            connection.close()
            connection.settings_dict["NAME"] = name
            call_command("migrate", verbosity=0)
            for sku, product_name in NAMES.items():
                services.create(sku=sku, name=product_name, price=Decimal(1))
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = original
            _run(f"DROP DATABASE IF EXISTS {name}")
            connection.close()
            if limits is not None:
                options["options"] = limits


def _run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


QUERIES = [
    ("sunrise", "QUOTED"),
    ("“sunrise”", "QUOTED"),
    ('"Sunrise" lantern', "QUOTED"),
    ("kettle", "NBSP"),
    ("fish\u00a0kettle", "NBSP"),
    ("mate", "DASH"),
    ("desk-mate", "DASH"),
    ("desk–mate", "DASH"),
    ("o'brien", "APOSTROPHE"),
    ("O’Brien", "APOSTROPHE"),
    ("lumiere", "GUILLEMETS"),
    ("15", "TIMES"),
    ("10x15 10×15", None),
    ("10×15", "TIMES"),
    ("烏龍", "CHINESE"),
    ("茶", "CHINESE"),
    ("ladle", "THIN"),
    ("saucer", "BULLET"),
    ("card", "EURO"),
    ("water", "ZERO"),
    ("candlestick", "SOFT"),
    ("south", "ARROW"),
    ("hour", "EMOJI"),
    ("wait what", "ELLIPSIS"),
    ("futon", "WIDE"),
    ("ｆｕｔｏｎ", "WIDE"),
    ("smorebrod", "NORDIC"),
    ("SMØREBRØD", "NORDIC"),
    ("strasse", "NORDIC"),
    ("हिन्दी", "HINDI"),
    ("किताब", "HINDI"),
]


@pytest.mark.parametrize(("query", "sku"), QUERIES)
def test_any_punctuation_separates_words(catalogue, anyone, query, sku):
    response = anyone.get(f"/api/products/?search={quote(query, safe='')}")
    assert response.status_code == 200, response.content
    assert [row["sku"] for row in response.json()["results"]] == ([sku] if sku else [])


NAMES_IN_ORDER = [
    "Äpfel",
    "apple",
    "“Apricot”",
    "Bär",
    "bed",
    "Éclair",
    "Edam",
    "œuf",
    "Öl",
    "Oolong",
    "Zebra",
    "茶",
]


def test_names_sort_without_accents_case_and_punctuation(catalogue, anyone):
    Product.objects.filter(sku__startswith="SORT").delete()
    for number, name in enumerate(sorted(NAMES_IN_ORDER)):
        services.create(sku=f"SORT-{number}", name=name, price=Decimal(2))

    def names(url):
        page = anyone.get(url).json()
        return [row["name"] for row in page["results"]] + (
            names(page["next"]) if page["next"] else []
        )

    try:
        assert names("/api/products/?ordering=name&min_price=2&page_size=5") == NAMES_IN_ORDER
        assert (
            names("/api/products/?ordering=-name&min_price=2&page_size=5") == NAMES_IN_ORDER[::-1]
        )
    finally:
        Product.objects.filter(sku__startswith="SORT").delete()
