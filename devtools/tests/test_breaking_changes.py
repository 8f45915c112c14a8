"""Breaking changes are detected; compatible ones are not."""

from copy import deepcopy

import pytest

from devtools.openapi.breaking_changes import breaking_changes

OLD = {
    "definitions": {
        "Request": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "maxLength": 50, "minLength": 1},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "note": {"type": "string", "x-nullable": True},
                "tags": {"type": "array", "maxItems": 5, "items": {"type": "string"}},
            },
        },
        "Thing": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "state": {"type": "string", "enum": ["new", "old"]},
                "parts": {"type": "array", "items": {"$ref": "#/definitions/Thing"}},
            },
        },
    },
    "paths": {
        "/things/": {
            "parameters": [],
            "get": {
                "produces": ["application/json"],
                "parameters": [
                    {
                        "name": "page_size",
                        "in": "query",
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 100,
                        "required": False,
                    },
                    {"name": "If-Match", "in": "header", "type": "string", "required": False},
                ],
                "responses": {"200": {"schema": {"$ref": "#/definitions/Thing"}}, "404": {}},
                "security": [],
            },
            "post": {
                "consumes": ["application/json", "text/csv"],
                "parameters": [
                    {
                        "name": "data",
                        "in": "body",
                        "required": True,
                        "schema": {"$ref": "#/definitions/Request"},
                    }
                ],
                "responses": {"201": {"schema": {"$ref": "#/definitions/Thing"}}, "204": {}},
            },
        }
    },
}


def breaks(change):
    new = deepcopy(OLD)
    change(
        new,
        get=new["paths"]["/things/"]["get"],
        post=new["paths"]["/things/"]["post"],
        request=new["definitions"]["Request"],
        thing=new["definitions"]["Thing"]["properties"],
    )
    return breaking_changes(OLD, new)


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        (
            ["GET /things/: removed", "POST /things/: removed"],
            lambda new, **_: new["paths"].clear(),
        ),
        (["POST /things/: removed"], lambda new, **_: new["paths"]["/things/"].pop("post")),
        (
            ["GET /things/: 404 is no longer documented"],
            lambda new, get, **_: get["responses"].pop("404"),
        ),
        (
            ["GET /things/: now needs a token"],
            lambda new, get, **_: get.update(security=[{"Bearer": []}]),
        ),
        (
            ["GET /things/: page_size (query) is removed"],
            lambda new, get, **_: get["parameters"].pop(0),
        ),
        (
            ["GET /things/: If-Match (header) is now required"],
            lambda new, get, **_: get["parameters"][1].update(required=True),
        ),
        (
            ["GET /things/: X-Shop (header) is now required"],
            lambda new, get, **_: get["parameters"].append(
                {"name": "X-Shop", "in": "header", "type": "string", "required": True}
            ),
        ),
        (
            ["GET /things/ page_size: maximum is tighter"],
            lambda new, get, **_: get["parameters"][0].update(maximum=50),
        ),
        (
            ["GET /things/ page_size: minimum is tighter"],
            lambda new, get, **_: get["parameters"][0].update(minimum=2),
        ),
        (
            ["GET /things/ page_size: type was integer, is string"],
            lambda new, get, **_: get["parameters"][0].update(type="string"),
        ),
        (
            ["POST /things/: no longer consumes text/csv"],
            lambda new, post, **_: post["consumes"].remove("text/csv"),
        ),
        (
            ["GET /things/: no longer produces application/json"],
            lambda new, get, **_: get["produces"].clear(),
        ),
        (
            ["POST /things/ body: note is now required"],
            lambda new, request, **_: request["required"].append("note"),
        ),
        (
            ["POST /things/ body.note: removed"],
            lambda new, request, **_: request["properties"].pop("note"),
        ),
        (
            ["POST /things/ body.note: no longer accepts null"],
            lambda new, request, **_: request["properties"]["note"].pop("x-nullable"),
        ),
        (
            ["POST /things/ body.name: maxLength is tighter"],
            lambda new, request, **_: request["properties"]["name"].update(maxLength=49),
        ),
        (
            ["POST /things/ body.note: maxLength is tighter"],
            lambda new, request, **_: request["properties"]["note"].update(maxLength=10),
        ),
        (
            ["POST /things/ body.name: has another pattern"],
            lambda new, request, **_: request["properties"]["name"].update(pattern="^a$"),
        ),
        (
            ["POST /things/ body.tags: maxItems is tighter"],
            lambda new, request, **_: request["properties"]["tags"].update(maxItems=1),
        ),
        (
            ["POST /things/ body.kind: a is no longer a value"],
            lambda new, request, **_: request["properties"]["kind"]["enum"].remove("a"),
        ),
        (
            ["POST /things/ body.note: now has an enum"],
            lambda new, request, **_: request["properties"]["note"].update(enum=["x"]),
        ),
        (
            ["POST /things/ body.tags[]: type was string, is integer"],
            lambda new, request, **_: request["properties"]["tags"]["items"].update(type="integer"),
        ),
        (
            ["GET /things/ 200.id: removed", "POST /things/ 201.id: removed"],
            lambda new, thing, **_: thing.pop("id"),
        ),
        (
            [
                "GET /things/ 200.id: format was uuid, is date",
                "POST /things/ 201.id: format was uuid, is date",
            ],
            lambda new, thing, **_: thing["id"].update(format="date"),
        ),
        (
            [
                "GET /things/ 200.state: old is no longer a value",
                "POST /things/ 201.state: old is no longer a value",
            ],
            lambda new, thing, **_: thing["state"]["enum"].remove("old"),
        ),
        (
            ["GET /things/ 200.id: may now be null", "POST /things/ 201.id: may now be null"],
            lambda new, thing, **_: thing["id"].update({"x-nullable": True}),
        ),
        (
            [
                "GET /things/ 200.id: removed",
                "GET /things/ 200.parts: removed",
                "GET /things/ 200.state: removed",
            ],
            lambda new, get, **_: get["responses"]["200"].update(schema={"type": "object"}),
        ),
    ],
)
def test_a_breaking_change_is_detected(expected, change):
    assert breaks(change) == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda new, **_: None,
        lambda new, **_: new["paths"].update({"/more/": {"get": {"responses": {}}}}),
        lambda new, get, **_: get["parameters"].append(
            {"name": "more", "in": "query", "type": "string", "required": False}
        ),
        lambda new, get, **_: get["responses"].update({"503": {}}),
        lambda new, get, **_: get["parameters"][0].update(maximum=200, minimum=0),
        lambda new, get, **_: get.update(summary="Better text"),
        lambda new, request, **_: request["properties"].update(more={"type": "string"}),
        lambda new, request, **_: request["properties"]["kind"]["enum"].append("c"),
        lambda new, request, **_: request["required"].clear(),
        lambda new, post, **_: post["parameters"][0].update(name="body", required=False),
        lambda new, thing, **_: thing.update(more={"type": "string"}),
    ],
)
def test_an_addition_is_compatible(change):
    assert breaks(change) == []
