"""The addresses every service has beside its own. `*chassis_urls(info)` comes last: it answers all the rest."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from drf_yasg import openapi

from chassis import error_pages, health, swagger
from chassis.admin import site
from chassis.metrics import metrics
from chassis.problem_details import as_response
from chassis.problems import MethodNotAllowed, Missing


def chassis_urls(info: openapi.Info) -> list[URLPattern | URLResolver]:
    return [
        path("health/live/", only_read(health.live)),
        path("health/ready/", only_read(health.ready)),
        path("metrics/", only_read(metrics)),
        *swagger.urls(info),
        path("admin/", site.urls()),
        path("errors/", only_read(error_pages.index)),
        path("errors/<slug:code>/", only_read(error_pages.code)),
        re_path("", nothing_here),  # matches everything, line breaks too
    ]


def only_read(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Django's require_safe answers another method without a word; this one with a problem document."""

    def answer(request: HttpRequest, **where: str) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return view(request, **where)
        return as_response(MethodNotAllowed(headers={"Allow": "GET, HEAD"}))

    return answer


def nothing_here(request: HttpRequest) -> HttpResponse:
    return as_response(Missing())
