"""Checks that an OpenAPI 3 file of docs/openapi matches its Swagger 2 source."""

import json
from collections.abc import Mapping
from typing import Any

from devtools.openapi.breaking_changes import METHODS


def is_converted(swagger: Mapping[str, Any], openapi3: Mapping[str, Any]) -> bool:
    """Compares schemas and texts without Node.js; `make lint` compares the whole conversion."""
    schemas = json.dumps(swagger["definitions"]).replace("#/definitions/", "#/components/schemas/")
    same_schemas = (
        json.loads(schemas.replace('"x-nullable":', '"nullable":'))
        == openapi3["components"]["schemas"]
    )
    return same_schemas and _operations(swagger) == _operations(openapi3)


def _operations(document: Mapping[str, Any]) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (path, method): (
            operation["operationId"],
            operation["summary"],
            operation["description"],
            operation["security"],
            {
                status: response["description"]
                for status, response in operation["responses"].items()
            },
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }
