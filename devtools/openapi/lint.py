"""What swagger.json does not say, so that a client would have to guess."""

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
"""A verb and what it acts on, in snake_case: `place_order`. drf-yasg's own are like
`api_orders_create`.
"""
OF_A_BODY = {
    "400 invalid",
    "400 parse_error",
    "413 payload_too_large",
    "415 unsupported_media_type",
}
OF_A_TOKEN = {"401 not_authenticated", "401 invalid_token"}
OF_AN_ID = {"404 not_found"}
OF_ALL = {"503 service_unavailable"}
MEMBERS = {
    "400 invalid": {"errors"},
    "409 insufficient_stock": {"items"},
    "422 product_not_found": {"items"},
    "503 service_unavailable": {"service"},
}
"""What the example of an error has beside the members of every problem, where its code is one of
these.
"""


def undocumented(document: Schema, codes: Collection[str]) -> list[str]:
    return sorted(set(SchemaLinter(document, codes).found()))


class SchemaLinter:
    def __init__(self, document: Schema, codes: Collection[str]) -> None:
        self._document, self._codes = document, codes

    def found(self) -> Iterator[str]:
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
            yield f"{place}: {operation['operationId']} is no verb in snake_case"
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
        yield from (f"{place}: {code} is not named" for code in _expected(place, operation) - named)

    def _parameter(self, place: str, parameter: Schema) -> Iterator[str]:
        if parameter["in"] == "body":
            whole = self._resolved(parameter["schema"])
            if not (whole.get("example") or self._resolved(whole.get("items", {})).get("example")):
                yield f"{place}: no example of the body"
            yield from self._fields(f"{place} body", parameter["schema"], ())
        elif not parameter.get("description"):
            yield f"{place} {parameter['name']}: no description"

    def _response(self, place: str, response: Schema) -> Iterator[str]:
        if not response.get("description"):
            yield f"{place}: no description"
        if "schema" in response:
            yield from self._fields(place, response["schema"], ())
            yield from self._always_present(place, response["schema"])
            if not response.get("examples"):
                yield f"{place}: no example"

    def _always_present(self, place: str, schema: Schema) -> Iterator[str]:
        whole = self._resolved(schema)
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
            yield f"{place}: the example is of none of its codes"
        elif (example.get("type"), example.get("status")) != (f"/errors/{code}", status):
            yield f"{place}: the example has another type or status"
        members = {"title", "detail", "request_id", *MEMBERS.get(f"{status} {code}", ())}
        yield from (
            f"{place}: the example lacks {name}"
            for name in members
            if code and not example.get(name)
        )
        if any(other != example for other in response.get("examples", {}).values()):
            yield f"{place}: the examples differ"

    def _fields(self, place: str, schema: Schema, above: tuple[str, ...]) -> Iterator[str]:
        reference = str(schema.get("$ref", ""))
        whole = self._resolved(schema)
        if reference and reference in above:
            return
        named = reference.rpartition("/")[2] or place
        for name, field in whole.get("properties", {}).items():
            inner = self._resolved(field.get("items", field))
            if not (field.get("description") or inner.get("description")):
                yield f"{named}.{name}: no description"
            yield from self._fields(f"{named}.{name}", field, (*above, reference))
        if "items" in whole:
            yield from self._fields(f"{named}[]", whole["items"], (*above, reference))

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref", "")
        found: Schema = (
            self._document["definitions"][reference.rpartition("/")[2]] if reference else schema
        )
        return found


def _expected(place: str, operation: Schema) -> set[str]:
    """What follows from the operation's form, whatever it does."""
    body = any(parameter["in"] == "body" for parameter in operation.get("parameters", []))
    token = bool(operation.get("security")) and {} not in operation["security"]
    return (
        OF_ALL
        | (OF_A_BODY if body else set())
        | (OF_A_TOKEN if token else set())
        | (OF_AN_ID if "{" in place else set())
    )
