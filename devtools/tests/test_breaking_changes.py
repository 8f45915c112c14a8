"""Each kind of change that takes something from a caller is found, and none that does not."""

from copy import deepcopy

import pytest

from devtools.openapi.breaking_changes import breaking_changes

OLD = {
    "definitions": {
        "NewThing": {
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
                        "schema": {"$ref": "#/definitions/NewThing"},
                    }
                ],
                "responses": {"201": {"schema": {"$ref": "#/definitions/Thing"}}, "204": {}},
            },
        }
    },
}


def changed(change):
    new = deepcopy(OLD)
    change(
        new,
        get=new["paths"]["/things/"]["get"],
        post=new["paths"]["/things/"]["post"],
        new_thing=new["definitions"]["NewThing"],
        thing=new["definitions"]["Thing"]["properties"],
    )
    return breaking_changes(OLD, new)


@pytest.mark.parametrize(
    ("found", "change"),
    [
        (["GET /things/: gone", "POST /things/: gone"], lambda new, **_: new["paths"].clear()),
        (["POST /things/: gone"], lambda new, **_: new["paths"]["/things/"].pop("post")),
        (
            ["GET /things/: 404 is documented no more"],
            lambda new, get, **_: get["responses"].pop("404"),
        ),
        (
            ["GET /things/: needs a token now"],
            lambda new, get, **_: get.update(security=[{"Bearer": []}]),
        ),
        (
            ["GET /things/: page_size (query) is gone"],
            lambda new, get, **_: get["parameters"].pop(0),
        ),
        (
            ["GET /things/: If-Match (header) is required now"],
            lambda new, get, **_: get["parameters"][1].update(required=True),
        ),
        (
            ["GET /things/: X-Shop (header) is required now"],
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
            ["POST /things/: consumes text/csv no more"],
            lambda new, post, **_: post["consumes"].remove("text/csv"),
        ),
        (
            ["GET /things/: produces application/json no more"],
            lambda new, get, **_: get["produces"].clear(),
        ),
        (
            ["POST /things/ body: note is required now"],
            lambda new, new_thing, **_: new_thing["required"].append("note"),
        ),
        (
            ["POST /things/ body.note: gone"],
            lambda new, new_thing, **_: new_thing["properties"].pop("note"),
        ),
        (
            ["POST /things/ body.note: null is refused now"],
            lambda new, new_thing, **_: new_thing["properties"]["note"].pop("x-nullable"),
        ),
        (
            ["POST /things/ body.name: maxLength is tighter"],
            lambda new, new_thing, **_: new_thing["properties"]["name"].update(maxLength=49),
        ),
        (
            ["POST /things/ body.note: maxLength is tighter"],
            lambda new, new_thing, **_: new_thing["properties"]["note"].update(maxLength=10),
        ),
        (
            ["POST /things/ body.name: another pattern"],
            lambda new, new_thing, **_: new_thing["properties"]["name"].update(pattern="^a$"),
        ),
        (
            ["POST /things/ body.tags: maxItems is tighter"],
            lambda new, new_thing, **_: new_thing["properties"]["tags"].update(maxItems=1),
        ),
        (
            ["POST /things/ body.kind: a is no value any more"],
            lambda new, new_thing, **_: new_thing["properties"]["kind"]["enum"].remove("a"),
        ),
        (
            ["POST /things/ body.note: only some values now"],
            lambda new, new_thing, **_: new_thing["properties"]["note"].update(enum=["x"]),
        ),
        (
            ["POST /things/ body.tags[]: type was string, is integer"],
            lambda new, new_thing, **_: new_thing["properties"]["tags"]["items"].update(
                type="integer"
            ),
        ),
        (
            ["GET /things/ 200.id: gone", "POST /things/ 201.id: gone"],
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
                "GET /things/ 200.state: old is no value any more",
                "POST /things/ 201.state: old is no value any more",
            ],
            lambda new, thing, **_: thing["state"]["enum"].remove("old"),
        ),
        (
            ["GET /things/ 200.id: may be null now", "POST /things/ 201.id: may be null now"],
            lambda new, thing, **_: thing["id"].update({"x-nullable": True}),
        ),
        (
            [
                "GET /things/ 200.id: gone",
                "GET /things/ 200.parts: gone",
                "GET /things/ 200.state: gone",
            ],
            lambda new, get, **_: get["responses"]["200"].update(schema={"type": "object"}),
        ),
    ],
)
def test_a_break_is_found(found, change):
    assert changed(change) == found


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
        lambda new, get, **_: get.update(summary="A better text"),
        lambda new, new_thing, **_: new_thing["properties"].update(more={"type": "string"}),
        lambda new, new_thing, **_: new_thing["properties"]["kind"]["enum"].append("c"),
        lambda new, new_thing, **_: new_thing["required"].clear(),
        lambda new, post, **_: post["parameters"][0].update(name="body", required=False),
        lambda new, thing, **_: thing.update(more={"type": "string"}),
    ],
)
def test_what_only_adds_is_no_break(change):
    assert changed(change) == []
