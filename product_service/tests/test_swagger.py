import pytest
from django.urls import get_resolver

from products.api.serializers import ProductResponse

STAFF_ONLY = [
    ("/api/products/", "post"),
    ("/api/products/import/", "post"),
    ("/api/products/export/", "get"),
    *[("/api/products/{product_id}/", method) for method in ("put", "patch", "delete")],
]


@pytest.fixture
def document(anyone):
    response = anyone.get("/swagger.json")
    assert response.status_code == 200
    return response.json()


def operations(document):
    methods = {"get", "post", "put", "patch", "delete"}
    return {
        (path, method): said
        for path, item in document["paths"].items()
        for method, said in item.items()
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


def test_every_operation_says_what_it_does_what_it_answers_and_how_it_refuses(document):
    for place, said in operations(document).items():
        assert said["summary"], place
        assert any(status.startswith(("2", "3")) for status in said["responses"]), place
        assert "503" in said["responses"], place
        for status, answer in said["responses"].items():
            assert answer["description"], (place, status)
            assert status in ("204", "304") or ("schema" in answer and answer["examples"]), (
                place,
                status,
            )


def test_what_is_for_staff_takes_a_token_and_says_what_happens_without(document):
    assert document["securityDefinitions"]["Bearer"]["name"] == "Authorization"
    for place in STAFF_ONLY:
        said = operations(document)[place]
        assert said["security"] == [{"Bearer": []}]
        assert {"401", "403"} <= said["responses"].keys()


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        (("/api/products/", "get"), {"200", "400", "401", "403", "414", "503"}),
        (("/api/products/", "post"), {"201", "400", "401", "403", "409", "413", "415", "503"}),
        (("/api/products/categories/", "get"), {"200", "503"}),
        (("/api/products/import/", "post"), {"200", "400", "401", "403", "413", "415", "503"}),
        (("/api/products/export/", "get"), {"200", "400", "401", "403", "414", "503"}),
        (("/api/products/{product_id}/", "get"), {"200", "304", "404", "414", "503"}),
        (
            ("/api/products/{product_id}/", "put"),
            {"200", "400", "401", "403", "404", "409", "412", "413", "414", "415", "503"},
        ),
        (
            ("/api/products/{product_id}/", "patch"),
            {"200", "400", "401", "403", "404", "409", "412", "413", "414", "415", "503"},
        ),
        (
            ("/api/products/{product_id}/", "delete"),
            {"204", "401", "403", "404", "412", "414", "503"},
        ),
    ],
)
def test_every_status_is_documented(document, place, codes):
    assert operations(document)[place]["responses"].keys() == codes


def test_a_patch_needs_nothing_and_a_new_product_three_things(document):
    definitions = document["definitions"]

    assert "required" not in definitions["ProductChange"]
    assert sorted(definitions["ProductRequest"]["required"]) == ["name", "price", "sku"]
    assert (
        definitions["ProductChange"]["properties"].keys()
        == definitions["ProductRequest"]["properties"].keys()
    )


def test_the_documented_product_is_the_product_that_is_answered(document, product, anyone):
    product("LAMP")

    answered = anyone.get("/api/products/").json()["results"][0]

    assert list(document["definitions"]["ProductResponse"]["properties"]) == list(answered)
    assert document["definitions"]["ProductResponse"]["example"].keys() == answered.keys()
    assert list(ProductResponse().fields) == list(answered)


def test_the_parameters_of_the_list_are_documented(document):
    parameters = {
        parameter["name"]
        for parameter in operations(document)["/api/products/", "get"]["parameters"]
    }

    assert {
        "search",
        "ids",
        "sku",
        "ordering",
        "category",
        "min_price",
        "max_price",
        "include_archived",
        "page_size",
        "cursor",
    } == parameters


def test_ids_in_addresses_are_uuids_and_prices_have_a_pattern(document):
    [product_id] = document["paths"]["/api/products/{product_id}/"]["parameters"]

    assert product_id["format"] == "uuid"
    assert (
        document["definitions"]["ProductRequest"]["properties"]["price"]["pattern"]
        == r"^[0-9]{1,10}(\.[0-9]{1,2})?$"
    )


@pytest.mark.parametrize("path", ["/swagger/", "/redoc/"])
def test_the_documents_open_in_a_browser_without_a_login(anyone, path):
    response = anyone.get(path)

    assert (response.status_code, response["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert b"//cdn" not in response.content
