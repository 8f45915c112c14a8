"""How drf-yasg reads our views, and what every list takes."""

from typing import Any

from drf_yasg import openapi
from drf_yasg.generators import OpenAPISchemaGenerator
from drf_yasg.inspectors import SwaggerAutoSchema
from rest_framework import serializers

from chassis import problems
from chassis.pagination import DEFAULT_PAGE, LARGEST_PAGE
from chassis.problems import Problem
from chassis.swagger_fields import Precise
from chassis.swagger_problems import PROBLEM, TooLong, documented

EVERYWHERE = """

Whatever is asked, the answer may also be one of these: `bad_request` (400, not for this host, or not HTTP), `invalid` (400, the
address has a NUL character), `not_found` (404), `method_not_allowed` (405), `payload_too_large` (413), `bad_request` (414, the
address is too long), `internal_error` (500, a fault of ours), `service_unavailable` (503, more is asked than can be answered).

What each code means, and what to do then, is at [/errors/](/errors/)."""


class Generator(OpenAPISchemaGenerator):
    def __init__(self, info: openapi.Info, *args: Any, **options: Any) -> None:
        whole = openapi.Info(info.title, info._default_version, f"{info.get('description', '')}{EVERYWHERE}".strip())
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
        return parameters


class AutoSchema(SwaggerAutoSchema):
    field_inspectors = [Precise, *SwaggerAutoSchema.field_inspectors]

    def get_tags(self, operation_keys: Any = None) -> list[str]:
        parts = self.path.strip("/").split("/")
        return [parts[1] if parts[0] == "api" else parts[0]]

    def get_produces(self) -> list[str]:
        return [*getattr(self.view, "produces", ["application/json"]), "application/problem+json"]

    def get_response_serializers(self) -> Any:
        """The answers, the refusals, and what the address alone may be answered: no UUID where one belongs, or too long."""
        of_address: list[type[Problem]] = [problems.Missing, TooLong] if "{" in self.path else []
        of_address += [TooLong] if self.get_query_serializer() else []
        schemas = self.components.with_scope(openapi.SCHEMA_DEFINITIONS)
        schemas.setdefault("Problem", lambda: PROBLEM)
        refused = documented([*self.overrides.get("refusals", []), *of_address], openapi.SchemaRef(schemas, "Problem"))
        return super().get_response_serializers() | {str(status): refusal for status, refusal in refused.items()}

    def make_body_parameter(self, schema: Any) -> Any:
        parameter = super().make_body_parameter(schema)
        parameter.required = bool(openapi.resolve_ref(schema, self.components).get("required"))
        return parameter


class Page(serializers.Serializer[Any]):
    """Base of the serializers that `page_of` makes."""


PAGE_PARAMETERS = [
    openapi.Parameter(
        "page_size",
        openapi.IN_QUERY,
        description="Rows of a page.",
        type=openapi.TYPE_INTEGER,
        minimum=1,
        maximum=LARGEST_PAGE,
        default=DEFAULT_PAGE,
    ),
    openapi.Parameter("cursor", openapi.IN_QUERY, description="From `next` or `previous`.", type=openapi.TYPE_STRING, min_length=1),
]
