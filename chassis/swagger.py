"""Swagger UI, ReDoc and swagger.json (drf-yasg), and the decorator that documents an operation."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path
from drf_yasg import openapi
from drf_yasg.utils import swagger_auto_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from chassis import problems
from chassis import query as query_parameters
from chassis.problems import Problem
from chassis.swagger_defaults import BEARER
from chassis.swagger_schema import PAGE_PARAMETERS, Page

PUBLIC = "anyone"
PUBLIC_STAFF_MORE = "anyone, staff more"
SECURITY: dict[str, list[dict[str, list[str]]]] = {
    PUBLIC: [],
    PUBLIC_STAFF_MORE: [{}, {BEARER: []}],
}
_TOKEN_ERRORS: list[type[Problem]] = [problems.NotAuthenticated, problems.InvalidToken]
ERRORS_BY_AUTH: dict[str, list[type[Problem]]] = {
    PUBLIC: [],
    PUBLIC_STAFF_MORE: [],
    "user": _TOKEN_ERRORS,
    "staff": [*_TOKEN_ERRORS, problems.PermissionDenied],
    "service": [*_TOKEN_ERRORS, problems.PermissionDenied],
}
BODY_ERRORS: list[type[Problem]] = [
    problems.ValidationFailed,
    problems.MalformedBody,
    problems.ContentTooLarge,
    problems.UnsupportedMediaType,
]


def document(
    operation_id: str,
    summary: str,
    *,
    responses: Mapping[int, Any],
    auth: str,
    body: Any = None,
    query: Any = None,
    headers: Sequence[openapi.Parameter] = (),
    errors: Iterable[type[Problem]] = (),
    description: str = "",
) -> Callable[..., Any]:
    """Document a view's method.

    `responses` has a serializer for each status, or a text if there is no body. Errors that follow
    from `auth`, a body or a query are added. Undocumented query parameters are rejected.
    """
    pages = any(isinstance(each, type) and issubclass(each, Page) for each in responses.values())
    known = [*query().fields] if query else []
    known += query_parameters.PAGE_PARAMETERS if pages else []
    decorate: Callable[..., Any] = swagger_auto_schema(
        operation_id=operation_id,
        operation_summary=summary,
        operation_description=description or summary,
        request_body=body,
        query_serializer=query,
        manual_parameters=[*headers, *(PAGE_PARAMETERS if pages else [])],
        responses={status: _success(response) for status, response in responses.items()},
        errors=[
            *errors,
            *ERRORS_BY_AUTH[auth],
            problems.ServiceUnavailable,
            *([problems.URITooLong] if pages else []),
            *(BODY_ERRORS if body else [problems.ValidationFailed] if known else []),
        ],
        invalid_example={"errors": [_invalid_field(body, known)]},
        security=SECURITY.get(auth, [{BEARER: []}]),
    )
    return lambda method: decorate(_without_unknown_query(method, known))


def page_of(row: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The serializer of a page of rows, for the OpenAPI document."""
    example = {"next": None, "previous": None, "results": [_example(row)]}
    fields = {
        "next": serializers.URLField(allow_null=True, help_text="The next page, null on the last."),
        "previous": serializers.URLField(
            allow_null=True, help_text="The previous page, null on the first."
        ),
        "results": serializers.ListSerializer[Any](child=row(), help_text="The rows of this page."),
        "Meta": type(
            "Meta",
            (),
            {"ref_name": f"{row.__name__}Page", "swagger_schema_fields": {"example": example}},
        ),
    }
    return type(f"{row.__name__}Page", (Page,), fields)


def header(name: str, description: str, **limits: Any) -> openapi.Parameter:
    return openapi.Parameter(
        name, openapi.IN_HEADER, description=description, type=openapi.TYPE_STRING, **limits
    )


def schema_urls(info: openapi.Info) -> list[URLPattern]:
    return [
        path("swagger.json", _schema_view(info, "SwaggerJSONRenderer"), name="schema-json"),
        path("swagger/", _schema_view(info, "SwaggerUIRenderer"), name="schema-swagger-ui"),
        path("redoc/", _schema_view(info, "ReDocRenderer"), name="schema-redoc"),
    ]


def _schema_view(info: openapi.Info, renderer: str) -> Callable[..., Any]:
    """drf-yasg's view, made at its first request: its renderers load a validator of documents,
    which no other request needs.
    """

    @cache
    def view() -> Callable[..., Any]:
        from drf_yasg import renderers, views

        schema = views.get_schema_view(
            info, public=True, authentication_classes=[], permission_classes=[AllowAny]
        )
        made: Callable[..., Any] = schema.as_view(renderer_classes=[getattr(renderers, renderer)])
        return made

    def respond(request: HttpRequest) -> Any:
        response = view()(request)
        # ReDoc's script would load a picture from another host.
        response["Content-Security-Policy"] = "img-src 'self' data:; frame-ancestors 'none'"
        return response

    return respond


def _without_unknown_query(
    method: Callable[..., Any], known: Collection[str]
) -> Callable[..., Any]:
    @wraps(method)
    def handle(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        query_parameters.reject_unknown_query(request, known)
        return method(view, request, *args, **kwargs)

    return handle


def _example(serializer: Any) -> Any:
    return getattr(getattr(serializer, "Meta", None), "swagger_schema_fields", {}).get("example")


def _success(response: Any) -> openapi.Response:
    if isinstance(response, openapi.Response):
        return response
    if isinstance(response, str):
        return openapi.Response(response)
    return openapi.Response("Done.", response, examples={"application/json": _example(response)})


def _invalid_field(body: Any, known: Collection[str]) -> dict[str, str]:
    """An example row of `errors`: a missing required field, else an unknown parameter."""
    fields = body().fields if isinstance(body, type) else {}
    for name, field in fields.items():
        if field.required:
            return {"field": name, "message": "This field is required.", "code": "required"}
    return {"field": "colour", "message": str(query_parameters.unknown(known)), "code": "unknown"}
