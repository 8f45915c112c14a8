"""The linter finds what swagger.json leaves undocumented."""

from copy import deepcopy

import pytest

from devtools.openapi.lint import undocumented

CODES = {
    "invalid",
    "parse_error",
    "payload_too_large",
    "unsupported_media_type",
    "not_authenticated",
    "invalid_token",
    "not_found",
}
CODES |= {"service_unavailable"}
TYPES = ("application/json", "application/problem+json")


def rejected(status, *codes, **members):
    text = "; ".join(f"[`{code}`](/errors/{code}): no" for code in codes)
    example = {
        "type": f"/errors/{codes[0]}",
        "title": "T",
        "status": status,
        "detail": "D",
        "code": codes[0],
        "request_id": "r",
    }
    return {"description": text, "examples": dict.fromkeys(TYPES, example | members)}


COMPLETE = {
    "securityDefinitions": {"Bearer": {}},
    "definitions": {
        "Request": {"example": {"name": "x"}, "properties": {"name": {"description": "A name."}}},
        "Thing": {
            "required": ["id"],
            "properties": {
                "id": {"description": "An id."},
                "parts": {"items": {"$ref": "#/definitions/Part"}},
            },
        },
        "Part": {"description": "A part.", "properties": {"of": {"$ref": "#/definitions/Thing"}}},
    },
    "paths": {
        "/things/{thing_id}/": {
            "parameters": [{"name": "thing_id", "in": "path", "description": "The id."}],
            "put": {
                "operationId": "change_thing",
                "summary": "Change",
                "description": "Changes a thing.",
                "security": [{"Bearer": []}],
                "parameters": [
                    {"name": "data", "in": "body", "schema": {"$ref": "#/definitions/Request"}},
                    {"name": "If-Match", "in": "header", "description": "A tag."},
                ],
                "responses": {
                    "200": {
                        "description": "Done.",
                        "schema": {"$ref": "#/definitions/Thing"},
                        "examples": {"application/json": {}},
                    },
                    "400": rejected(400, "invalid", "parse_error", errors=[{"field": "name"}]),
                    "401": rejected(401, "not_authenticated", "invalid_token"),
                    "404": rejected(404, "not_found"),
                    "413": rejected(413, "payload_too_large"),
                    "415": rejected(415, "unsupported_media_type"),
                    "503": rejected(503, "service_unavailable", service="database"),
                },
            },
        }
    },
}
PUT = "PUT /things/{thing_id}/"


def example(operation, status):
    return operation["responses"][status]["examples"]["application/problem+json"]


def lint(change):
    document = deepcopy(COMPLETE)
    change(document, document["paths"]["/things/{thing_id}/"]["put"])
    return undocumented(document, CODES)


def test_a_complete_document_has_no_violations():
    # Neither Thing.parts nor Part.of has a description: those of their schemas count.
    assert lint(lambda document, put: None) == ["Part.of: no description"]
    assert (
        lint(lambda document, put: document["definitions"]["Thing"].update(description="A thing."))
        == []
    )


@pytest.mark.parametrize(
    ("found", "change"),
    [
        (
            "no scheme for access tokens",
            lambda document, put: document["securityDefinitions"].clear(),
        ),
        (f"{PUT}: no summary", lambda document, put: put.pop("summary")),
        (f"{PUT}: no description beside the summary", lambda document, put: put.pop("description")),
        (
            f"{PUT}: no description beside the summary",
            lambda document, put: put.update(description="Change"),
        ),
        (
            f"{PUT} If-Match: no description",
            lambda document, put: put["parameters"][1].pop("description"),
        ),
        (
            "/things/{thing_id}/ thing_id: no description",
            lambda document, put: document["paths"]["/things/{thing_id}/"]["parameters"][0].pop(
                "description"
            ),
        ),
        (
            f"{PUT}: no example of the body",
            lambda document, put: document["definitions"]["Request"].pop("example"),
        ),
        (
            "Request.name: no description",
            lambda document, put: document["definitions"]["Request"]["properties"]["name"].clear(),
        ),
        (
            "Thing.id: no description",
            lambda document, put: document["definitions"]["Thing"]["properties"]["id"].clear(),
        ),
        (f"{PUT} 200: no example", lambda document, put: put["responses"]["200"].pop("examples")),
        (
            f"{PUT} 200: no description",
            lambda document, put: put["responses"]["200"].update(description=""),
        ),
        (
            f"{PUT}: 400 parse_error is not documented",
            lambda document, put: put["responses"].update(
                {"400": rejected(400, "invalid", errors=[1])}
            ),
        ),
        (
            f"{PUT}: 401 invalid_token is not documented",
            lambda document, put: put["responses"].pop("401"),
        ),
        (
            f"{PUT}: 404 not_found is not documented",
            lambda document, put: put["responses"].pop("404"),
        ),
        (
            f"{PUT}: 503 service_unavailable is not documented",
            lambda document, put: put["responses"].pop("503"),
        ),
        (
            f"{PUT} 409: taken has no page",
            lambda document, put: put["responses"].update({"409": rejected(409, "taken")}),
        ),
        (
            f"{PUT} 404: the example has none of its codes",
            lambda document, put: put["responses"]["404"]["examples"].clear(),
        ),
        (
            f"{PUT} 200: no field is required",
            lambda document, put: document["definitions"]["Thing"].pop("required"),
        ),
        (
            f"{PUT} 200: the example lacks id",
            lambda document, put: document["definitions"]["Thing"].update(example={"name": "x"}),
        ),
        (
            f"{PUT} 404: the example has another type or status",
            lambda document, put: example(put, "404").update(status=400),
        ),
        (
            f"{PUT} 404: the example lacks detail",
            lambda document, put: example(put, "404").update(detail=""),
        ),
        (
            f"{PUT} 503: the example lacks service",
            lambda document, put: example(put, "503").pop("service"),
        ),
        (
            f"{PUT} 404: the examples differ",
            lambda document, put: put["responses"]["404"]["examples"].update({TYPES[0]: {}}),
        ),
        (
            "change_thing is the operationId of 2 operations",
            lambda document, put: document["paths"].update({"/more/": {"put": put}}),
        ),
        *(
            (
                f"{PUT}: {name} is not a verb and its object in snake_case",
                lambda document, put, name=name: put.update(operationId=name),
            )
            for name in (
                "api_orders_create",
                "api_place_order",
                "orders_list",
                ".well-known_jwks.json_list",
                "placeOrder",
                "place",
            )
        ),
    ],
)
def test_missing_documentation_is_a_violation(found, change):
    assert found in lint(change)
