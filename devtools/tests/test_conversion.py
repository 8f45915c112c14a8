"""An outdated conversion to OpenAPI 3 is detected without Node.js."""

from copy import deepcopy

import pytest

from devtools.openapi.conversion import is_converted

SWAGGER = {
    "definitions": {
        "Thing": {
            "properties": {
                "id": {"type": "string", "x-nullable": True},
                "part": {"$ref": "#/definitions/Part"},
            }
        },
        "Part": {"type": "object"},
    },
    "paths": {
        "/things/": {
            "parameters": [],
            "get": {
                "operationId": "list_things",
                "summary": "List",
                "description": "Newest first.",
                "security": [],
                "responses": {
                    "200": {"description": "Done.", "schema": {"$ref": "#/definitions/Thing"}}
                },
            },
        }
    },
}
OPENAPI3 = {
    "components": {
        "schemas": {
            "Thing": {
                "properties": {
                    "id": {"type": "string", "nullable": True},
                    "part": {"$ref": "#/components/schemas/Part"},
                }
            },
            "Part": {"type": "object"},
        }
    },
    "paths": deepcopy(SWAGGER["paths"]),
}


def test_an_up_to_date_conversion_is_accepted():
    assert is_converted(SWAGGER, OPENAPI3)


@pytest.mark.parametrize(
    "change",
    [
        lambda swagger, get: swagger["definitions"]["Thing"]["properties"]["id"].pop("x-nullable"),
        lambda swagger, get: swagger["definitions"].pop("Part"),
        lambda swagger, get: swagger["paths"].clear(),
        lambda swagger, get: get.update(operationId="list_all"),
        lambda swagger, get: get.update(security=[{"Bearer": []}]),
        lambda swagger, get: get["responses"].update({"400": {"description": "No."}}),
    ],
)
def test_an_outdated_conversion_is_detected(change):
    swagger = deepcopy(SWAGGER)
    change(swagger, swagger["paths"]["/things/"]["get"])

    assert not is_converted(swagger, OPENAPI3)
