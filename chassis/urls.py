"""The addresses every service has beside its own. `*chassis_urls(info)` comes last: it answers all the rest."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_safe
from drf_yasg import openapi

from chassis import health, swagger
from chassis.metrics import metrics
from chassis.problems import Missing, as_response


def chassis_urls(info: openapi.Info) -> list[URLPattern]:
    return [
        path("health/live/", require_safe(health.live)),
        path("health/ready/", require_safe(health.ready)),
        path("metrics/", require_safe(metrics)),
        *swagger.urls(info),
        re_path(r"^.*$", nothing_here),
    ]


def nothing_here(request: HttpRequest) -> HttpResponse:
    return as_response(Missing())
