"""The requests of the order and inventory services, whose client tests use the same files."""

import json
from pathlib import Path

import pytest

from products.models import Product

CONTRACTS = sorted((Path(__file__).resolve().parents[2] / "contracts" / "product").rglob("*.json"))

pytestmark = pytest.mark.django_db


def contains(actual, expected):
    """Objects may have additional members; lists have the same length, in any order."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and contains(actual[name], expected[name]) for name in expected
        )
    if isinstance(expected, list):
        pairs = zip(by_id(actual), by_id(expected), strict=False)
        return len(actual) == len(expected) and all(contains(one, other) for one, other in pairs)
    return type(actual) is type(expected) and actual == expected


def by_id(rows):
    return sorted(rows, key=lambda row: row["id"])


def test_there_are_contracts():
    assert {path.parent.name for path in CONTRACTS} == {"product", "inventory"}


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_product_service_fulfils_its_contract(path, anyone, staff):
    contract = json.loads(path.read_text(encoding="utf-8"))
    client = {"staff": staff}.get(contract["request"].pop("as", ""), anyone)
    for fields in contract["given"]["products"]:
        Product.objects.create(**fields)

    response = client.send(**contract["request"])

    assert response.status_code == contract["response"]["status"]
    assert contains(response.json(), contract["response"]["body"]), response.json()


@pytest.mark.parametrize(
    ("actual", "expected", "is_in_it"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": True}, {"a": 1}, False),
        ([{"id": 2}, {"id": 1, "x": 0}], [{"id": 1}, {"id": 2}], True),
        ([{"id": 1}, {"id": 2}], [{"id": 1}], False),
        ([], [{"id": 1}], False),
    ],
)
def test_contains_compares_recursively(actual, expected, is_in_it):
    assert contains(actual, expected) is is_in_it
