"""What swagger.json does not say, so that a client would have to guess."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from chassis.swagger_defaults import BEARER
from devtools.openapi.breaking_changes import METHODS

Schema = Mapping[str, Any]
CODE = re.compile(r"\[`([a-z_]+)`\]\(/errors/")
OF_A_BODY = {"400 invalid", "400 parse_error", "413 payload_too_large", "415 unsupported_media_type"}
OF_A_TOKEN = {"401 not_authenticated", "401 invalid_token"}
OF_AN_ID = {"404 not_found"}
OF_ALL = {"503 service_unavailable"}


def undocumented(document: Schema, codes: Collection[str]) -> list[str]:
    return sorted(set(SchemaLinter(document, codes).found()))


class SchemaLinter:
    def __init__(self, document: Schema, codes: Collection[str]) -> None:
        self._document, self._codes = document, codes

    def found(self) -> Iterator[str]:
        if BEARER not in self._document.get("securityDefinitions", {}):
            yield "no scheme for access tokens"
        for path, item in self._document["paths"].items():
            for parameter in item.get("parameters", []):
                yield from self._parameter(path, parameter)
            for method in set(METHODS) & set(item):
                yield from self._operation(f"{method.upper()} {path}", item[method])

    def _operation(self, place: str, said: Schema) -> Iterator[str]:
        if not said.get("summary"):
            yield f"{place}: no summary"
        if said.get("description", "") in ("", said.get("summary")):
            yield f"{place}: no description beside the summary"
        for parameter in said.get("parameters", []):
            yield from self._parameter(place, parameter)
        for status, answer in said["responses"].items():
            yield from self._answer(f"{place} {status}", int(status), answer)
        named = {f"{status} {code}" for status, answer in said["responses"].items() for code in CODE.findall(answer["description"])}
        yield from (f"{place}: {code} is not named" for code in _expected(place, said) - named)

    def _parameter(self, place: str, parameter: Schema) -> Iterator[str]:
        if parameter["in"] == "body":
            whole = self._resolved(parameter["schema"])
            if not (whole.get("example") or self._resolved(whole.get("items", {})).get("example")):
                yield f"{place}: no example of the body"
            yield from self._fields(f"{place} body", parameter["schema"], ())
        elif not parameter.get("description"):
            yield f"{place} {parameter['name']}: no description"

    def _answer(self, place: str, status: int, answer: Schema) -> Iterator[str]:
        if not answer.get("description"):
            yield f"{place}: no description"
        if "schema" in answer:
            yield from self._fields(place, answer["schema"], ())
            if not answer.get("examples"):
                yield f"{place}: no example"
        if status >= 400:
            codes = set(CODE.findall(answer.get("description", "")))
            example = answer.get("examples", {}).get("application/problem+json", {})
            if example.get("code") not in codes:
                yield f"{place}: the example is of none of its codes"
            yield from (f"{place}: {code} has no page" for code in codes - set(self._codes))

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
        found: Schema = self._document["definitions"][reference.rpartition("/")[2]] if reference else schema
        return found


def _expected(place: str, said: Schema) -> set[str]:
    """What follows from the operation's form, whatever it does."""
    body = any(parameter["in"] == "body" for parameter in said.get("parameters", []))
    token = bool(said.get("security")) and {} not in said["security"]
    return OF_ALL | (OF_A_BODY if body else set()) | (OF_A_TOKEN if token else set()) | (OF_AN_ID if "{" in place else set())
