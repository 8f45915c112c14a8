"""What swagger.json leaves out is found."""

from copy import deepcopy

import pytest

from devtools.openapi.lint import undocumented

CODES = {"invalid", "parse_error", "payload_too_large", "unsupported_media_type", "not_authenticated", "invalid_token", "not_found"}
CODES |= {"service_unavailable"}


def refused(*codes):
    words = "; ".join(f"[`{code}`](/errors/{code}): no" for code in codes)
    return {"description": words, "examples": {"application/problem+json": {"code": codes[0]}}}


WHOLE = {
    "securityDefinitions": {"Bearer": {}},
    "definitions": {
        "Wish": {"example": {"name": "x"}, "properties": {"name": {"description": "A name."}}},
        "Thing": {"properties": {"id": {"description": "An id."}, "parts": {"items": {"$ref": "#/definitions/Part"}}}},
        "Part": {"description": "A part.", "properties": {"of": {"$ref": "#/definitions/Thing"}}},
    },
    "paths": {
        "/things/{thing_id}/": {
            "parameters": [{"name": "thing_id", "in": "path", "description": "The id."}],
            "put": {
                "summary": "Change",
                "description": "Changes a thing.",
                "security": [{"Bearer": []}],
                "parameters": [
                    {"name": "data", "in": "body", "schema": {"$ref": "#/definitions/Wish"}},
                    {"name": "If-Match", "in": "header", "description": "A tag."},
                ],
                "responses": {
                    "200": {
                        "description": "Done.",
                        "schema": {"$ref": "#/definitions/Thing"},
                        "examples": {"application/json": {}},
                    },
                    "400": refused("invalid", "parse_error"),
                    "401": refused("not_authenticated", "invalid_token"),
                    "404": refused("not_found"),
                    "413": refused("payload_too_large"),
                    "415": refused("unsupported_media_type"),
                    "503": refused("service_unavailable"),
                },
            },
        }
    },
}
PUT = "PUT /things/{thing_id}/"


def of(change):
    document = deepcopy(WHOLE)
    change(document, document["paths"]["/things/{thing_id}/"]["put"])
    return undocumented(document, CODES)


def test_a_whole_document_has_none():
    # Thing.parts says nothing itself, and neither does Part.of: the kinds of their rows do, or do not.
    assert of(lambda document, put: None) == ["Part.of: no description"]
    assert of(lambda document, put: document["definitions"]["Thing"].update(description="A thing.")) == []


@pytest.mark.parametrize(
    ("found", "change"),
    [
        ("no scheme for access tokens", lambda document, put: document["securityDefinitions"].clear()),
        (f"{PUT}: no summary", lambda document, put: put.pop("summary")),
        (f"{PUT}: no description beside the summary", lambda document, put: put.pop("description")),
        (f"{PUT}: no description beside the summary", lambda document, put: put.update(description="Change")),
        (f"{PUT} If-Match: no description", lambda document, put: put["parameters"][1].pop("description")),
        (
            "/things/{thing_id}/ thing_id: no description",
            lambda document, put: document["paths"]["/things/{thing_id}/"]["parameters"][0].pop("description"),
        ),
        (f"{PUT}: no example of the body", lambda document, put: document["definitions"]["Wish"].pop("example")),
        ("Wish.name: no description", lambda document, put: document["definitions"]["Wish"]["properties"]["name"].clear()),
        ("Thing.id: no description", lambda document, put: document["definitions"]["Thing"]["properties"]["id"].clear()),
        (f"{PUT} 200: no example", lambda document, put: put["responses"]["200"].pop("examples")),
        (f"{PUT} 200: no description", lambda document, put: put["responses"]["200"].update(description="")),
        (f"{PUT}: 400 parse_error is not named", lambda document, put: put["responses"].update({"400": refused("invalid")})),
        (f"{PUT}: 401 invalid_token is not named", lambda document, put: put["responses"].pop("401")),
        (f"{PUT}: 404 not_found is not named", lambda document, put: put["responses"].pop("404")),
        (f"{PUT}: 503 service_unavailable is not named", lambda document, put: put["responses"].pop("503")),
        (f"{PUT} 409: taken has no page", lambda document, put: put["responses"].update({"409": refused("taken")})),
        (
            f"{PUT} 404: the example is of none of its codes",
            lambda document, put: put["responses"]["404"]["examples"].clear(),
        ),
    ],
)
def test_what_is_left_out_is_named(found, change):
    assert found in of(change)
