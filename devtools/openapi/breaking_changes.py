"""Finds changes of swagger.json (OpenAPI 2) that break clients of the older version."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
IS_TIGHTER: dict[str, Callable[[float, float], bool]] = {
    **dict.fromkeys(("maximum", "maxLength", "maxItems"), lambda old, new: new < old),
    **dict.fromkeys(("minimum", "minLength", "minItems"), lambda old, new: new > old),
}
NO_LIMIT = {
    **dict.fromkeys(("maximum", "maxLength", "maxItems"), float("inf")),
    **dict.fromkeys(("minimum", "minLength", "minItems"), float("-inf")),
}
Schema = Mapping[str, Any]
Parameters = Mapping[tuple[str, str], Schema]
"""By location and name; the name of the body does not matter."""


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    return sorted(set(Comparison(old, new).diff()))


class Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def diff(self) -> Iterator[str]:
        for path, methods in self._old["paths"].items():
            for method in set(METHODS) & set(methods):
                place = f"{method.upper()} {path}"
                after = self._new["paths"].get(path, {}).get(method)
                if after is None:
                    yield f"{place}: removed"
                else:
                    yield from self._operation(place, methods[method], after)

    def _operation(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        if not _needs_token(old) and _needs_token(new):
            yield f"{place}: now needs a token"
        for kind in ("consumes", "produces"):
            yield from (
                f"{place}: no longer {kind} {lost}"
                for lost in set(old.get(kind, [])) - set(new.get(kind, []))
            )
        yield from self._parameters(place, _parameters(old), _parameters(new))
        for status, response in old["responses"].items():
            if status not in new["responses"]:
                yield f"{place}: {status} is no longer documented"
            elif "schema" in response:
                after = new["responses"][status].get("schema", {})
                yield from self._compare_response(
                    f"{place} {status}", response["schema"], after, ()
                )

    def _parameters(self, place: str, old: Parameters, new: Parameters) -> Iterator[str]:
        yield from (f"{place}: {name} ({where}) is removed" for where, name in old.keys() - new)
        for (where, name), parameter in new.items():
            before = old.get((where, name), {})
            if parameter.get("required") and not before.get("required"):
                yield f"{place}: {name} ({where}) is now required"
            if before:
                yield from self._compare_request(
                    f"{place} {name}", _schema(before), _schema(parameter), ()
                )

    def _compare_request(
        self, place: str, old: Schema, new: Schema, ancestors: tuple[str, ...]
    ) -> Iterator[str]:
        if (reference := old.get("$ref", "")) in ancestors:
            return
        seen = (*ancestors, reference) if reference else ancestors
        old, new = self._resolve(old, self._old), self._resolve(new, self._new)
        yield from _compare_type(place, old, new)
        yield from (
            f"{place}: {name} is now required"
            for name in set(new.get("required", [])) - set(old.get("required", []))
        )
        if old.get("x-nullable") and not new.get("x-nullable"):
            yield f"{place}: no longer accepts null"
        if new.get("pattern") and new.get("pattern") != old.get("pattern"):
            yield f"{place}: has another pattern"
        for limit, tighter in IS_TIGHTER.items():
            if tighter(old.get(limit, NO_LIMIT[limit]), new.get(limit, NO_LIMIT[limit])):
                yield f"{place}: {limit} is tighter"
        yield from self._compare_children(self._compare_request, place, old, new, seen)

    def _compare_response(
        self, place: str, old: Schema, new: Schema, ancestors: tuple[str, ...]
    ) -> Iterator[str]:
        if (reference := old.get("$ref", "")) in ancestors:
            return
        seen = (*ancestors, reference) if reference else ancestors
        old, new = self._resolve(old, self._old), self._resolve(new, self._new)
        yield from _compare_type(place, old, new)
        if new.get("x-nullable") and not old.get("x-nullable"):
            yield f"{place}: may now be null"
        yield from self._compare_children(self._compare_response, place, old, new, seen)

    def _compare_children(
        self, compare: Any, place: str, old: Schema, new: Schema, seen: tuple[str, ...]
    ) -> Iterator[str]:
        after = new.get("properties", {})
        for name, schema in old.get("properties", {}).items():
            if name in after:
                yield from compare(f"{place}.{name}", schema, after[name], seen)
            else:
                yield f"{place}.{name}: removed"
        if "items" in old and "items" in new:
            yield from compare(f"{place}[]", old["items"], new["items"], seen)

    def _resolve(self, schema: Schema, document: Schema) -> Schema:
        reference = schema.get("$ref", "")
        definitions: Mapping[str, Schema] = document["definitions"]
        return definitions[reference.rpartition("/")[2]] if reference else schema


def _compare_type(place: str, old: Schema, new: Schema) -> Iterator[str]:
    for key in ("type", "format"):
        if key in old and old[key] != new.get(key):
            yield f"{place}: {key} was {old[key]}, is {new.get(key)}"
    if "enum" in new and "enum" not in old:
        yield f"{place}: now has an enum"
    elif "enum" in new:
        yield from (
            f"{place}: {value} is no longer a value"
            for value in set(old["enum"]) - set(new["enum"])
        )


def _needs_token(operation: Schema) -> bool:
    return bool(operation.get("security")) and {} not in operation["security"]


def _schema(parameter: Schema) -> Schema:
    """The schema of any parameter, without the parameter's own (boolean) `required`."""
    schema: Schema = parameter.get("schema", parameter)
    return {
        name: value
        for name, value in schema.items()
        if name != "required" or not isinstance(value, bool)
    }


def _parameters(operation: Schema) -> Parameters:
    return {
        (each["in"], "body" if each["in"] == "body" else each["name"]): each
        for each in operation.get("parameters", [])
    }
