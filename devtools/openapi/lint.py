"""Finds what swagger.json leaves undocumented."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from chassis.swagger_defaults import BEARER
from devtools.openapi.breaking_changes import METHODS

Schema = Mapping[str, Any]
CODE = re.compile(r"\[`([a-z_]+)`\]\(/errors/")
OPERATION_ID = re.compile(
    r"(?!api_)[a-z]+(_[a-z]+)+(?<!_create)(?<!_list)(?<!_read)(?<!_update)(?<!_delete)"
)
"""A verb and its object, as in `place_order`; drf-yasg generates `api_orders_create`."""
BODY_ERRORS = {
    "400 invalid",
    "400 parse_error",
    "413 payload_too_large",
    "415 unsupported_media_type",
}
TOKEN_ERRORS = {"401 not_authenticated", "401 invalid_token"}
ID_ERRORS = {"404 not_found"}
COMMON_ERRORS = {"503 service_unavailable"}
REQUIRED_MEMBERS = {
    "400 invalid": {"errors"},
    "409 insufficient_stock": {"items"},
    "422 product_not_found": {"items"},
    "503 service_unavailable": {"service"},
}
"""By error, the members of its example beside those of every problem document."""


def undocumented(document: Schema, codes: Collection[str]) -> list[str]:
    return sorted(set(SchemaLinter(document, codes).violations()))


class SchemaLinter:
    def __init__(self, document: Schema, codes: Collection[str]) -> None:
        self._document, self._codes = document, codes

    def violations(self) -> Iterator[str]:
        if BEARER not in self._document.get("securityDefinitions", {}):
            yield "no scheme for access tokens"
        ids: Counter[str] = Counter()
        for path, item in self._document["paths"].items():
            for parameter in item.get("parameters", []):
                yield from self._parameter(path, parameter)
            for method in set(METHODS) & set(item):
                ids[item[method]["operationId"]] += 1
                yield from self._operation(f"{method.upper()} {path}", item[method])
        yield from (
            f"{name} is the operationId of {count} operations"
            for name, count in ids.items()
            if count > 1
        )

    def _operation(self, place: str, operation: Schema) -> Iterator[str]:
        if not OPERATION_ID.fullmatch(operation["operationId"]):
            yield f"{place}: {operation['operationId']} is not a verb and its object in snake_case"
        if not operation.get("summary"):
            yield f"{place}: no summary"
        if operation.get("description", "") in ("", operation.get("summary")):
            yield f"{place}: no description beside the summary"
        for parameter in operation.get("parameters", []):
            yield from self._parameter(place, parameter)
        named: set[str] = set()
        for status, response in operation["responses"].items():
            named |= {f"{status} {code}" for code in CODE.findall(response["description"])}
            yield from self._response(f"{place} {status}", response)
            if int(status) >= 400:
                yield from self._error(f"{place} {status}", int(status), response)
        yield from (
            f"{place}: {code} is not documented" for code in _expected(place, operation) - named
        )

    def _parameter(self, place: str, parameter: Schema) -> Iterator[str]:
        if parameter["in"] == "body":
            whole = self._resolve(parameter["schema"])
            if not (whole.get("example") or self._resolve(whole.get("items", {})).get("example")):
                yield f"{place}: no example of the body"
            yield from self._fields(f"{place} body", parameter["schema"], ())
        elif not parameter.get("description"):
            yield f"{place} {parameter['name']}: no description"

    def _response(self, place: str, response: Schema) -> Iterator[str]:
        if not response.get("description"):
            yield f"{place}: no description"
        if "schema" in response:
            yield from self._fields(place, response["schema"], ())
            yield from self._required_fields(place, response["schema"])
            if not response.get("examples"):
                yield f"{place}: no example"

    def _required_fields(self, place: str, schema: Schema) -> Iterator[str]:
        whole = self._resolve(schema)
        fields = whole.get("properties", {})
        if fields and not whole.get("required"):
            yield f"{place}: no field is required"
        missing = set(whole.get("required", [])) - set(whole.get("example", fields))
        yield from (f"{place}: the example lacks {name}" for name in missing)

    def _error(self, place: str, status: int, response: Schema) -> Iterator[str]:
        codes = set(CODE.findall(response.get("description", "")))
        yield from (f"{place}: {code} has no page" for code in codes - set(self._codes))
        example = response.get("examples", {}).get("application/problem+json", {})
        code = example.get("code")
        if code not in codes:
            yield f"{place}: the example has none of its codes"
        elif (example.get("type"), example.get("status")) != (f"/errors/{code}", status):
            yield f"{place}: the example has another type or status"
        members = {"title", "detail", "request_id", *REQUIRED_MEMBERS.get(f"{status} {code}", ())}
        yield from (
            f"{place}: the example lacks {name}"
            for name in members
            if code and not example.get(name)
        )
        if any(other != example for other in response.get("examples", {}).values()):
            yield f"{place}: the examples differ"

    def _fields(self, place: str, schema: Schema, ancestors: tuple[str, ...]) -> Iterator[str]:
        reference = str(schema.get("$ref", ""))
        whole = self._resolve(schema)
        if reference and reference in ancestors:
            return
        named = reference.rpartition("/")[2] or place
        for name, field in whole.get("properties", {}).items():
            inner = self._resolve(field.get("items", field))
            if not (field.get("description") or inner.get("description")):
                yield f"{named}.{name}: no description"
            yield from self._fields(f"{named}.{name}", field, (*ancestors, reference))
        if "items" in whole:
            yield from self._fields(f"{named}[]", whole["items"], (*ancestors, reference))

    def _resolve(self, schema: Schema) -> Schema:
        reference = schema.get("$ref", "")
        definitions: Mapping[str, Schema] = self._document["definitions"]
        return definitions[reference.rpartition("/")[2]] if reference else schema


def _expected(place: str, operation: Schema) -> set[str]:
    """The errors that follow from the operation's body, token and path."""
    body = any(parameter["in"] == "body" for parameter in operation.get("parameters", []))
    token = bool(operation.get("security")) and {} not in operation["security"]
    return (
        COMMON_ERRORS
        | (BODY_ERRORS if body else set())
        | (TOKEN_ERRORS if token else set())
        | (ID_ERRORS if "{" in place else set())
    )
