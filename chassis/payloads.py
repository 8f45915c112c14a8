"""JSON in and out. What comes in is taken literally: no unknown fields, no "3" for 3, no NUL, no lone surrogates."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.core.exceptions import BadRequest as DjangoBadRequest
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

MOST_IDS = 100
JSON_TYPES: dict[type[serializers.Field[Any, Any, Any, Any]], tuple[type, ...]] = {
    serializers.DecimalField: (str, int, float),
    serializers.IntegerField: (int,),
    serializers.BooleanField: (bool,),
    serializers.UUIDField: (str,),
    serializers.DateTimeField: (str,),
    serializers.CharField: (str,),
}
"""What a field of a kind may look like in JSON; DRF alone would turn 3 into "3" and "yes" into true."""


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            raw = stream.read()
            value = orjson.loads(raw)
        except (orjson.JSONDecodeError, OSError, DjangoBadRequest) as error:
            raise ParseError(f"The body is not JSON: {error}") from error
        if b"\\u0000" in raw and _has_nul(value):
            raise ParseError("The body has a NUL character, which no field here can hold.")
        return value


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, media_type: str | None = None, context: Mapping[str, Any] | None = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


class AlwaysJSON(BaseContentNegotiation):
    """JSON whatever the client accepts (RFC 9110 section 12.1 allows it): an error is never an error about errors."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class RequestSerializer(serializers.Serializer[Any]):
    """Base of every request body: unknown fields and wrong JSON types are errors of their field."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "unknown": "There is no such field.",
        "type": "This is of the wrong JSON type.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            problems = {name: self._error("unknown") for name in data if name not in self.fields or self._read_only(name)}
            problems |= {name: wrong for name, field in self.fields.items() if (wrong := self._wrong(field, data.get(name)))}
            if problems:
                raise serializers.ValidationError(problems)
        return super().to_internal_value(data)

    def _read_only(self, name: str) -> bool:
        return bool(self.fields[name].read_only)

    def _wrong(self, field: Any, value: Any) -> Any:
        """The errors of JSON types in the value, as DRF nests them; None without any."""
        if isinstance(field, serializers.ListField) and isinstance(value, list):
            inner = {index: self._wrong(field.child, item) for index, item in enumerate(value)}
            return {index: wrong for index, wrong in inner.items() if wrong}
        return self._error("type") if _mistyped(field, value) else None

    def _error(self, code: str) -> list[serializers.ErrorDetail]:
        return [serializers.ErrorDetail(str(self.error_messages[code]), code=code)]


class QuerySerializer(serializers.Serializer[Any]):
    """Base of query parameters, which are all text."""


class CommaSeparatedUUIDs(serializers.CharField):
    """`a,b,c`, at most 100 of them."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Has to be UUIDs with commas between them.",
        "too_many": "Has to be at most {most}.",
    }

    def to_internal_value(self, data: Any) -> Any:
        words = super().to_internal_value(data).split(",")
        if len(words) > MOST_IDS:
            self.fail("too_many", most=MOST_IDS)
        try:
            return [UUID(word.strip()) for word in words]
        except ValueError:
            self.fail("invalid")


def parsed(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The validated content of a body or of query parameters. Raises ValidationError."""
    filled = serializer(data=data)
    filled.is_valid(raise_exception=True)
    content: dict[str, Any] = filled.validated_data
    return content


def _mistyped(field: Any, value: Any) -> bool:
    if value is None:
        return False
    if isinstance(value, bool) and not isinstance(field, serializers.BooleanField):
        return type(field) in JSON_TYPES or isinstance(field, tuple(JSON_TYPES))
    return any(isinstance(field, kind) and not isinstance(value, types) for kind, types in JSON_TYPES.items())


def _has_nul(value: Any) -> bool:
    """Without recursion: orjson takes deeper nesting than Python has stack for."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str) and "\0" in item:
            return True
        if isinstance(item, dict):
            left += [*item, *item.values()]
        elif isinstance(item, list):
            left += item
    return False
