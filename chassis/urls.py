"""The URLs that every service has. `*chassis_urls(info)` comes last: it matches every path."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path, register_converter
from django.urls.converters import UUIDConverter
from drf_yasg import openapi
from whitenoise.middleware import WhiteNoiseMiddleware

from chassis import error_pages, health, swagger
from chassis.admin import site
from chassis.metrics import metrics
from chassis.problems import MethodNotAllowed, NotFound


class IdConverter(UUIDConverter):
    """`<id:name>` in a path: a UUID in upper or lower case, as in bodies and queries."""

    regex = UUIDConverter.regex.replace("a-f", "a-fA-F")


register_converter(IdConverter, "id")


def chassis_urls(info: openapi.Info) -> list[URLPattern | URLResolver]:
    return [
        path("health/live/", safe_methods_only(health.live)),
        path("health/ready/", safe_methods_only(health.ready)),
        path("metrics/", safe_methods_only(metrics)),
        *swagger.schema_urls(info),
        path("admin/", site.urls()),
        path("errors/", safe_methods_only(error_pages.index)),
        path("errors/<slug:code>/", safe_methods_only(error_pages.code)),
        re_path("^static/", static_files),
        re_path("", not_found),  # matches every path, also with line breaks
    ]


def safe_methods_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """As Django's require_safe, but responds with a problem document."""

    def respond(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return view(request, **kwargs)
        raise MethodNotAllowed(headers={"Allow": "GET, HEAD"})

    return respond


@cache
def _whitenoise() -> WhiteNoiseMiddleware:
    return WhiteNoiseMiddleware(not_found)


def static_files(request: HttpRequest) -> Any:
    """WhiteNoise by URL, so that other requests do not pass its middleware."""
    return _whitenoise()(request)


def not_found(request: HttpRequest) -> HttpResponse:
    raise NotFound
