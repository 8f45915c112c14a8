"""Strict request validation: no unknown fields, no "3" for 3, no "yes" for true."""

import re
import threading
from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import empty

from chassis.fast_validation import Parse, Unsupported, compile_serializer

MAX_IDS = 100
MAX_SKU_LENGTH = 64
UUID_PATTERN = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
JSON_TYPES: dict[type[serializers.Field[Any, Any, Any, Any]], tuple[type, ...]] = {
    serializers.DecimalField: (str, int, float),
    serializers.IntegerField: (int,),
    serializers.BooleanField: (bool,),
    serializers.UUIDField: (str,),
    serializers.DateTimeField: (str,),
    serializers.CharField: (str,),
}
"""The JSON types of each field. DRF alone would turn 3 into "3" and "yes" into true."""


_thread_local = threading.local()


class RequestSerializer(serializers.Serializer[Any]):
    """Base of every request body: unknown fields and wrong JSON types are errors of their field."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "unknown": "There is no such field.",
        "type": "This is of the wrong JSON type.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            problems = {
                name: self._error("unknown")
                for name in data
                if name not in self.fields or self._read_single(name)
            }
            problems |= {
                name: errors
                for name, field in self.fields.items()
                if (errors := self._type_errors(field, data.get(name)))
            }
            if problems:
                raise serializers.ValidationError(problems)
        return super().to_internal_value(data)

    def _read_single(self, name: str) -> bool:
        return bool(self.fields[name].read_only)

    def _type_errors(self, field: Any, value: Any) -> Any:
        """The type errors of the value, nested as DRF does; None without any."""
        if isinstance(field, serializers.ListField) and isinstance(value, list):
            inner = {
                index: self._type_errors(field.child, item) for index, item in enumerate(value)
            }
            return {index: errors for index, errors in inner.items() if errors}
        return self._error("type") if _has_wrong_type(field, value) else None

    def _error(self, code: str) -> list[serializers.ErrorDetail]:
        return [serializers.ErrorDetail(str(self.error_messages[code]), code=code)]


class QuerySerializer(serializers.Serializer[Any]):
    """Base of query parameters, which are text. A blank one counts as absent."""

    def read(self, query: QueryDict) -> dict[str, Any]:
        """The validated values, as `run_validation` would return them."""
        given = {
            name: values
            for name, values in query.lists()
            if name in self.fields and any(map(str.strip, values))
        }
        found, errors = dict(self._defaults), {}
        for name, values in (self._required | given).items():
            try:
                found[name] = self.fields[name].run_validation(_single(values))
            except serializers.ValidationError as error:
                errors[name] = error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return cast(dict[str, Any], self.validate(found))

    @cached_property
    def _required(self) -> dict[str, list[Any]]:
        return {name: [empty] for name, field in self.fields.items() if field.required}

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {
            name: field.default for name, field in self.fields.items() if field.default is not empty
        }


class CommaSeparatedUUIDs(serializers.CharField):
    """`a,b,c`, at most MAX_IDS."""

    pattern = f"^{UUID_PATTERN}(,{UUID_PATTERN}){{0,{MAX_IDS - 1}}}$"
    _canonical = re.compile(pattern[1:-1])

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Has to be UUIDs with commas between them.",
        "too_many": "Has to be at most {limit}.",
    }

    def run_validation(self, data: Any = empty) -> Any:
        is_canonical = type(data) is str and self._canonical.fullmatch(data)
        return (
            [UUID(id) for id in data.split(",")] if is_canonical else super().run_validation(data)
        )

    def to_internal_value(self, data: Any) -> Any:
        parts = super().to_internal_value(data).split(",")
        if len(parts) > MAX_IDS:
            self.fail("too_many", limit=MAX_IDS)
        try:
            return [UUID(part.strip()) for part in parts]
        except ValueError:
            self.fail("invalid")


class CommaSeparatedSkus(serializers.CharField):
    """`LAMP-1,LAMP-2`."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": "Has to be SKUs with commas between them.",
        "too_many": "Has to be at most {limit}.",
    }

    def to_internal_value(self, data: Any) -> Any:
        skus = [sku.strip() for sku in super().to_internal_value(data).split(",")]
        if not all(0 < len(sku) <= MAX_SKU_LENGTH for sku in skus):
            self.fail("invalid")
        if len(skus) > MAX_IDS:
            self.fail("too_many", limit=MAX_IDS)
        return skus


def validate(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The validated body or query parameters. Raises ValidationError."""
    form, parse = _compiled(serializer)
    if isinstance(data, QueryDict):
        return cast(dict[str, Any], form.read(data))
    try:
        content: dict[str, Any] = parse(data)
    except Unsupported:
        content = _validated(form, data)
    return content


def _validated(form: Any, data: Any) -> dict[str, Any]:
    form.initial_data = data
    try:
        form.is_valid(raise_exception=True)
        content: dict[str, Any] = form.validated_data
        return content
    finally:
        for name in ("initial_data", "_validated_data", "_errors"):
            form.__dict__.pop(name, None)


def _compiled(serializer: type[serializers.Serializer[Any]]) -> tuple[Any, Parse]:
    """Cached for each thread: DRF copies all fields of a new serializer, which is slow."""
    forms: dict[Any, Any] = _thread_local.__dict__
    if serializer not in forms:
        form = serializer()
        forms[serializer] = (form, compile_serializer(form))
    return cast(tuple[Any, Parse], forms[serializer])


def _single(values: list[Any]) -> Any:
    """Rejects a repeated parameter, of which Django would silently use the last value."""
    if len(values) > 1:
        raise serializers.ValidationError("This is given more than once.", code="repeated")
    return values[0]


def _has_wrong_type(field: Any, value: Any) -> bool:
    if value is None:
        return False
    if isinstance(value, bool) and not isinstance(field, serializers.BooleanField):
        return type(field) in JSON_TYPES or isinstance(field, tuple(JSON_TYPES))
    return any(
        isinstance(field, kind) and not isinstance(value, types)
        for kind, types in JSON_TYPES.items()
    )
