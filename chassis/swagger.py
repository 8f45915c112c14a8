"""Swagger UI, redoc and swagger.json (drf-yasg), and the decorator that documents an operation whole."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any

from django.urls import URLPattern, path
from drf_yasg import openapi
from drf_yasg.renderers import ReDocRenderer, SwaggerJSONRenderer, SwaggerUIRenderer
from drf_yasg.utils import swagger_auto_schema
from drf_yasg.views import get_schema_view
from rest_framework import serializers

from chassis import problems
from chassis import query as query_parameters
from chassis.problems import Problem
from chassis.swagger_defaults import BEARER
from chassis.swagger_problems import OF_ACCESS, DatabaseAway, NotJSON, NotValid, TooLong, WrongMediaType
from chassis.swagger_schema import PAGE_PARAMETERS, Page

SECURITY: dict[str, list[dict[str, list[str]]]] = {"anyone": [], "anyone, staff more": [{}, {BEARER: []}]}


def operation(
    summary: str,
    *,
    answers: Mapping[int, Any],
    access: str,
    body: Any = None,
    query: Any = None,
    headers: Sequence[openapi.Parameter] = (),
    refusals: Iterable[type[Problem]] = (),
    description: str = "",
) -> Callable[..., Any]:
    """Document a view's method: `answers` by status (a serializer, or words where there is no body), `refusals` by class.

    The refusals that follow from `access`, a body or a query are added. Query parameters that are not documented are refused.
    """
    pages = any(isinstance(answer, type) and issubclass(answer, Page) for answer in answers.values())
    every = [*refusals, *OF_ACCESS[access], DatabaseAway, *([TooLong] if pages else [])]
    every += [NotValid, NotJSON, problems.TooLarge, WrongMediaType] if body else [NotValid] if query or pages else []
    document: Callable[..., Any] = swagger_auto_schema(
        operation_summary=summary,
        operation_description=description or summary,
        request_body=body,
        query_serializer=query,
        manual_parameters=[*headers, *(PAGE_PARAMETERS if pages else [])],
        responses={status: _answer(answer) for status, answer in answers.items()},
        refusals=every,
        security=SECURITY.get(access, [{BEARER: []}]),
    )
    known = (*(query().fields if query else ()), *(query_parameters.PAGE_PARAMETERS if pages else ()))
    return lambda method: document(_without_unknown_query(method, known))


def page_of(row: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The serializer of a page of rows, for the documents."""
    example = {"next": None, "previous": None, "results": [_example(row)]}
    fields = {
        "next": serializers.URLField(allow_null=True, help_text="The next page, null on the last."),
        "previous": serializers.URLField(allow_null=True, help_text="The page before, null on the first."),
        "results": row(many=True, help_text="The rows of this page."),
        "Meta": type("Meta", (), {"ref_name": f"{row.__name__}Page", "swagger_schema_fields": {"example": example}}),
    }
    return type(f"{row.__name__}Page", (Page,), fields)


def header(name: str, description: str, **limits: Any) -> openapi.Parameter:
    return openapi.Parameter(name, openapi.IN_HEADER, description=description, type=openapi.TYPE_STRING, **limits)


def urls(info: openapi.Info) -> list[URLPattern]:
    schema = get_schema_view(info, public=True, authentication_classes=[], permission_classes=[])
    return [
        path("swagger.json", schema.as_view(renderer_classes=[SwaggerJSONRenderer]), name="swagger.json"),
        path("swagger/", _without_strangers(schema.as_view(renderer_classes=[SwaggerUIRenderer])), name="swagger"),
        path("redoc/", _without_strangers(schema.as_view(renderer_classes=[ReDocRenderer])), name="redoc"),
    ]


def _without_strangers(view: Callable[..., Any]) -> Callable[..., Any]:
    """Redoc's script would fetch a picture from its makers."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        response = view(*args, **kwargs)
        response["Content-Security-Policy"] = "img-src 'self' data:; frame-ancestors 'none'"
        return response

    return answer


def _without_unknown_query(method: Callable[..., Any], known: Collection[str]) -> Callable[..., Any]:
    @wraps(method)
    def handle(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        query_parameters.reject_unknown_query(request, known)
        return method(view, request, *args, **kwargs)

    return handle


def _example(serializer: Any) -> Any:
    return getattr(getattr(serializer, "Meta", None), "swagger_schema_fields", {}).get("example")


def _answer(answer: Any) -> openapi.Response:
    if isinstance(answer, openapi.Response):
        return answer
    if isinstance(answer, str):
        return openapi.Response(answer)
    return openapi.Response("Done.", answer, examples={"application/json": _example(answer)})
