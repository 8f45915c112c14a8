"""The OpenAPI document, its snapshots, and the error pages."""

import json

import pytest
from django.test import Client
from django.urls import get_resolver

from chassis.error_pages import error_docs
from devtools.openapi import assertions, snapshots
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


@pytest.mark.parametrize("path", ["/swagger/", "/redoc/"])
def test_the_documents_open_in_a_browser_without_a_login(anyone, path):
    response = anyone.get(path)

    assert (response.status_code, response["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert b"//cdn" not in response.content


def test_the_snapshots_are_up_to_date():
    assert assertions.stale_snapshots() == [], "run make docs"


def test_the_released_interface_is_compatible():
    assert assertions.changes_that_break_clients() == []


def test_every_operation_is_fully_documented():
    assert assertions.missing_documentation() == []


def test_every_error_has_advice_for_clients():
    assert assertions.errors_without_advice() == []


def test_the_snapshot_is_the_served_document():
    assert json.loads(Client().get("/swagger.json").content) == snapshots.current_schema()


@pytest.mark.parametrize("code", sorted({doc["code"] for doc in error_docs()}))
def test_every_error_code_has_a_page(code):
    page = Client().get(f"/errors/{code}")

    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1><code>{code}</code></h1>" in page.content.decode()
