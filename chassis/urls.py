"""The addresses every service has beside its own. `*chassis_urls(info)` comes last: it answers all the rest."""

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
        re_path("", not_found),  # matches everything, line breaks too
    ]


def safe_methods_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Django's require_safe answers another method without a word; this one with a problem document."""

    def answer(request: HttpRequest, **where: str) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return view(request, **where)
        raise MethodNotAllowed(headers={"Allow": "GET, HEAD"})

    return answer


@cache
def _white_noise() -> WhiteNoiseMiddleware:
    return WhiteNoiseMiddleware(not_found)


def static_files(request: HttpRequest) -> Any:
    """By URL, and not by a middleware that every request passes."""
    return _white_noise()(request)


def not_found(request: HttpRequest) -> HttpResponse:
    raise NotFound
