"""How drf-yasg reads our views and serializers, what every list takes, and how errors look."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.conf import settings
from drf_yasg import openapi
from drf_yasg.generators import OpenAPISchemaGenerator
from drf_yasg.inspectors import FieldInspector, SwaggerAutoSchema
from rest_framework import serializers

from chassis import problems
from chassis.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from chassis.problem_details import example_of, kind
from chassis.problems import Problem
from chassis.validation import QuerySerializer, RequestSerializer

EVERYWHERE = """

Every operation may also respond with: `bad_request` (400, not for this host, or not HTTP), `invalid` (400, the
address has a NUL character), `not_found` (404), `method_not_allowed` (405), `payload_too_large` (413), `bad_request` (414, the
address is too long), `internal_error` (500, a fault of ours), `service_unavailable` (503, the service is overloaded).

What each code means, and what to do then, is at [/errors/](/errors/)."""
COMMON_DESCRIPTIONS = {
    "id": "A UUID of version 7, made by the server.",
    "created_at": "When it was created (RFC 3339, UTC).",
    "updated_at": "When it was last changed (RFC 3339, UTC).",
}
MAX_EXACT_NUMBER = 2**53
"""JavaScript rounds what is above it, so that the limits of a bigint column would become wrong."""
JSON, PROBLEM_JSON = "application/json", "application/problem+json"


class Generator(OpenAPISchemaGenerator):
    def __init__(self, info: openapi.Info, *args: Any, **options: Any) -> None:
        whole = openapi.Info(
            info.title, info._default_version, f"{info.get('description', '')}{EVERYWHERE}".strip()
        )
        super().__init__(whole, *args, **options)

    @property
    def url(self) -> str:
        """Empty: without host and scheme the document holds for whatever address it was read from, the gateway's too."""
        return ""

    def determine_path_prefix(self, paths: Any) -> str:
        return "/"  # whole paths in the document, as a client types them

    def get_path_parameters(self, path: Any, view_cls: Any) -> Any:
        parameters = super().get_path_parameters(path, view_cls)
        for parameter in parameters:
            if parameter.name.endswith("_id"):
                parameter.format = openapi.FORMAT_UUID
                parameter.description = f"The id of the {parameter.name.removesuffix('_id')}."
            if example := getattr(settings, "OPENAPI_PATH_EXAMPLES", {}).get(parameter.name):
                parameter["x-example"] = example  # Swagger UI fills it in
        return parameters


class ConstraintInspector(FieldInspector):
    """First of the field inspectors: adds to the results of the others what drf-yasg does not read from our fields."""

    def process_result(self, result: Any, method_name: str, obj: Any, **options: Any) -> Any:
        if not isinstance(result, openapi.SwaggerDict):
            return result
        schema = result if "$ref" not in result else openapi.resolve_ref(result, self.components)
        if not schema.get("description") and (
            text := COMMON_DESCRIPTIONS.get(getattr(obj, "field_name", None) or "")
        ):
            schema.description = text
        if isinstance(obj, serializers.ListSerializer):
            _add_row_limits(result, obj)
        elif isinstance(obj, RequestSerializer):
            # drf-yasg takes a schema here, JSON Schema and Swagger false as well
            schema["additionalProperties"] = False
        elif isinstance(obj, serializers.Serializer):
            _add_required(schema, obj)
        elif isinstance(obj, serializers.Field):
            _adjust_limits(result, obj)
        return result


def _add_row_limits(result: Any, rows: Any) -> None:
    if not rows.allow_empty:
        result.min_items = 1
    if rows.max_length:
        result.max_items = rows.max_length


def _add_required(schema: Any, serializer: Any) -> None:
    """DRF's `required` is about requests. A response has each field, but those declared with `required=False`."""
    if not isinstance(serializer, QuerySerializer) and schema.get("properties"):
        optional = {
            name
            for name, field in serializer._declared_fields.items()
            if not (field.required or field.read_only)
        }
        schema.required = [name for name in schema.properties if name not in optional]


def _adjust_limits(result: Any, field: Any) -> None:
    if isinstance(field.root, QuerySerializer):
        result.pop("x-nullable", None)  # no query parameter can be null
    if result.get("maximum", 0) > MAX_EXACT_NUMBER:
        result.format = openapi.FORMAT_INT64
        del result["maximum"], result["minimum"]
    if not isinstance(field.root, RequestSerializer | QuerySerializer):
        result.pop(
            "minLength", None
        )  # DRF means what a form may send; a response may well have an empty text
    elif pattern := getattr(field, "pattern", ""):
        result.pattern = pattern


class AutoSchema(SwaggerAutoSchema):
    field_inspectors = [ConstraintInspector, *SwaggerAutoSchema.field_inspectors]

    def get_tags(self, operation_keys: Any = None) -> list[str]:
        parts = self.path.strip("/").split("/")
        return [parts[1] if parts[0] == "api" else parts[0]]

    def get_produces(self) -> list[str]:
        return [*getattr(self.view, "produces", [JSON]), PROBLEM_JSON]

    def get_response_serializers(self) -> Any:
        """The documented responses and errors, and the errors of the address: no UUID where one belongs, or too long."""
        of_address: list[type[Problem]] = (
            [problems.NotFound, problems.URITooLong] if "{" in self.path else []
        )
        of_address += [problems.URITooLong] if self.get_query_serializer() else []
        schemas = self.components.with_scope(openapi.SCHEMA_DEFINITIONS)
        schemas.setdefault("Problem", lambda: PROBLEM)
        errors = self._error_responses(
            [*self.overrides.get("errors", []), *of_address], openapi.SchemaRef(schemas, "Problem")
        )
        return super().get_response_serializers() | errors

    def make_body_parameter(self, schema: Any) -> Any:
        parameter = super().make_body_parameter(schema)
        parameter.required = bool(openapi.resolve_ref(schema, self.components).get("required"))
        return parameter

    def _error_responses(
        self, errors: Iterable[type[Problem]], schema: Any
    ) -> dict[str, openapi.Response]:
        """By status. Of several errors with one code the first stands for all."""
        distinct: dict[tuple[int, str], type[Problem]] = {}
        for error in errors:
            distinct.setdefault((error.status, error.code), error)
        ordered = sorted(distinct.values(), key=lambda error: error.status)
        groups = groupby(ordered, key=lambda error: error.status)
        return {str(status): self._error_response(list(group), schema) for status, group in groups}

    def _error_response(self, errors: list[type[Problem]], schema: Any) -> openapi.Response:
        text = "; ".join(
            f"[`{error.code}`]({kind(error.code)}): {error.detail or 'see the title'}"
            for error in errors
        )
        example = example_of(errors[0])
        if errors[0] is problems.ValidationFailed:
            example |= self.overrides["invalid_example"]
        # Swagger UI shows the example of the first media type, and makes one up from the schema where there is none.
        examples = dict.fromkeys(self.get_produces(), example)
        return openapi.Response(text, schema, examples=examples)


class Page(serializers.Serializer[Any]):
    """Base of the serializers that `page_of` makes."""


PAGE_PARAMETERS = [
    openapi.Parameter(
        "page_size",
        openapi.IN_QUERY,
        description="Rows of a page.",
        type=openapi.TYPE_INTEGER,
        minimum=1,
        maximum=MAX_PAGE_SIZE,
        default=DEFAULT_PAGE_SIZE,
    ),
    openapi.Parameter(
        "cursor",
        openapi.IN_QUERY,
        description="From `next` or `previous`.",
        type=openapi.TYPE_STRING,
        min_length=1,
    ),
]


def _text(description: str) -> openapi.Schema:
    return openapi.Schema(type=openapi.TYPE_STRING, description=description)


FIELD_ERROR = openapi.Schema(
    type=openapi.TYPE_OBJECT,
    required=["field", "message", "code"],
    properties={
        "field": _text("Where: `items.0.quantity` is the quantity of the first item."),
        "message": _text("What is wrong with it, for a person."),
        "code": _text("What is wrong with it, for a program."),
    },
)
PROBLEM = openapi.Schema(
    title="Problem",
    description="Problem details, RFC 9457; some codes add members of their own.",
    type=openapi.TYPE_OBJECT,
    required=["type", "title", "status", "detail", "code", "request_id"],
    properties={
        "type": _text("The page of this code, a URI reference: `/errors/` and the code."),
        "title": _text("The status in words."),
        "status": openapi.Schema(type=openapi.TYPE_INTEGER, description="The HTTP status."),
        "detail": _text("What went wrong, for a person."),
        "code": _text("What went wrong, for a program: stable."),
        "request_id": _text("The X-Request-ID of this request, to be found in the logs."),
        "errors": openapi.Schema(
            type=openapi.TYPE_ARRAY,
            description="Of invalid input: a row for each field.",
            items=FIELD_ERROR,
        ),
    },
)
