"""The OpenAPI document, its snapshots, and the error pages."""

import pytest
from django.urls import get_resolver

from devtools.openapi.document_tests import *  # noqa: F403  (the tests of every service)
from products.api.serializers.products import ProductResponse


@pytest.fixture
def document(anyone):
    response = anyone.get("/swagger.json")
    assert response.status_code == 200
    return response.json()


def operations(document):
    methods = {"get", "post", "put", "patch", "delete"}
    return {
        (path, method): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in methods
    }


def test_every_route_of_the_api_is_documented(document):
    (api,) = [
        pattern
        for pattern in get_resolver().url_patterns
        if str(pattern.pattern) == "api/products/"
    ]

    assert len(document["paths"]) == len(api.url_patterns)
    assert len(operations(document)) == 9


def test_required_fields_of_post_and_patch(document):
    definitions = document["definitions"]

    assert "required" not in definitions["ProductChange"]
    assert sorted(definitions["ProductRequest"]["required"]) == ["name", "price", "sku"]
    assert (
        definitions["ProductChange"]["properties"].keys()
        == definitions["ProductRequest"]["properties"].keys()
    )


def test_the_documented_fields_are_those_of_the_response(document, product, anyone):
    product("LAMP")

    returned = anyone.get("/api/products/").json()["results"][0]

    assert list(document["definitions"]["ProductResponse"]["properties"]) == list(returned)
    assert document["definitions"]["ProductResponse"]["example"].keys() == returned.keys()
    assert list(ProductResponse().fields) == list(returned)
