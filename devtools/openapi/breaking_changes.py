"""What a change of swagger.json (OpenAPI 2) takes away from a client of the older form."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
TIGHTER: dict[str, Callable[[float, float], bool]] = {
    **dict.fromkeys(("maximum", "maxLength", "maxItems"), lambda old, new: new < old),
    **dict.fromkeys(("minimum", "minLength", "minItems"), lambda old, new: new > old),
}
NO_LIMIT = {
    **dict.fromkeys(("maximum", "maxLength", "maxItems"), float("inf")),
    **dict.fromkeys(("minimum", "minLength", "minItems"), float("-inf")),
}
Schema = Mapping[str, Any]


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
                    yield f"{place}: gone"
                else:
                    yield from self._operation(place, methods[method], after)

    def _operation(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        if not _needs_token(old) and _needs_token(new):
            yield f"{place}: needs a token now"
        for kind in ("consumes", "produces"):
            yield from (
                f"{place}: {kind} {lost} no more"
                for lost in set(old.get(kind, [])) - set(new.get(kind, []))
            )
        before, after = _parameters(old), _parameters(new)
        yield from (
            f"{place}: {each[1]} ({each[0]}) is gone" for each in before.keys() - after.keys()
        )
        for where, name in after:
            earlier, parameter = before.get((where, name), {}), after[where, name]
            if parameter.get("required") and not earlier.get("required"):
                yield f"{place}: {name} ({where}) is required now"
            if earlier:
                yield from self._compare_request(
                    f"{place} {name}", _schema(earlier), _schema(parameter), ()
                )
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{place}: {status} is documented no more"
            elif "schema" in answer:
                yield from self._compare_response(
                    f"{place} {status}",
                    answer["schema"],
                    new["responses"][status].get("schema", {}),
                    (),
                )

    def _compare_request(
        self, place: str, old: Schema, new: Schema, above: tuple[str, ...]
    ) -> Iterator[str]:
        old, new, seen = (
            self._resolved(old, self._old),
            self._resolved(new, self._new),
            (*above, str(old.get("$ref"))),
        )
        if seen[-1] in above and seen[-1] != "None":
            return
        yield from _same_kind(place, old, new)
        yield from (
            f"{place}: {name} is required now"
            for name in set(new.get("required", [])) - set(old.get("required", []))
        )
        if old.get("x-nullable") and not new.get("x-nullable"):
            yield f"{place}: null is refused now"
        if new.get("pattern") and new.get("pattern") != old.get("pattern"):
            yield f"{place}: another pattern"
        for limit, tighter in TIGHTER.items():
            if tighter(old.get(limit, NO_LIMIT[limit]), new.get(limit, NO_LIMIT[limit])):
                yield f"{place}: {limit} is tighter"
        yield from self._compare_children(self._compare_request, place, old, new, seen)

    def _compare_response(
        self, place: str, old: Schema, new: Schema, above: tuple[str, ...]
    ) -> Iterator[str]:
        old, new, seen = (
            self._resolved(old, self._old),
            self._resolved(new, self._new),
            (*above, str(old.get("$ref"))),
        )
        if seen[-1] in above and seen[-1] != "None":
            return
        yield from _same_kind(place, old, new)
        if new.get("x-nullable") and not old.get("x-nullable"):
            yield f"{place}: may be null now"
        yield from self._compare_children(self._compare_response, place, old, new, seen)

    def _compare_children(
        self, compare: Any, place: str, old: Schema, new: Schema, seen: tuple[str, ...]
    ) -> Iterator[str]:
        after = new.get("properties", {})
        for name, schema in old.get("properties", {}).items():
            if name in after:
                yield from compare(f"{place}.{name}", schema, after[name], seen)
            else:
                yield f"{place}.{name}: gone"
        if "items" in old and "items" in new:
            yield from compare(f"{place}[]", old["items"], new["items"], seen)

    def _resolved(self, schema: Schema, document: Schema) -> Schema:
        reference = schema.get("$ref", "")
        return (
            {**document["definitions"][reference.rpartition("/")[2]], "$ref": reference}
            if reference
            else schema
        )


def _same_kind(place: str, old: Schema, new: Schema) -> Iterator[str]:
    for word in ("type", "format"):
        if word in old and old[word] != new.get(word):
            yield f"{place}: {word} was {old[word]}, is {new.get(word)}"
    if "enum" in new and "enum" not in old:
        yield f"{place}: only some values now"
    elif "enum" in new:
        yield from (
            f"{place}: {value} is no value any more"
            for value in set(old["enum"]) - set(new["enum"])
        )


def _needs_token(operation: Schema) -> bool:
    return bool(operation.get("security")) and {} not in operation["security"]


def _schema(parameter: Schema) -> Schema:
    """Of any parameter; `required` says there whether it has to be, and in a schema which fields
    have to be.
    """
    whole: Schema = parameter.get("schema", parameter)
    return {
        name: value
        for name, value in whole.items()
        if not isinstance(value, bool) or name != "required"
    }


def _parameters(operation: Schema) -> dict[tuple[str, str], Schema]:
    """By place and name; the body has one name only, and what it is called does not matter."""
    return {
        (each["in"], "body" if each["in"] == "body" else each["name"]): each
        for each in operation.get("parameters", [])
    }
