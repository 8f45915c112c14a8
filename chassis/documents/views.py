"""GET /errors/ and /errors/<code>/: the pages on the codes of this service."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static

from chassis.documents.errors import meanings
from chassis.documents.pages import Look, written
from chassis.problems import Missing

POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def index(request: HttpRequest) -> HttpResponse:
    return code(request, "")


def code(request: HttpRequest, code: str) -> HttpResponse:
    page = _of_this_service().get(code)
    if page is None:
        raise Missing("There is no such error code.")
    return HttpResponse(page, headers={"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})


@cache
def _of_this_service() -> dict[str, str]:
    name = f"{settings.SERVICE_NAME} service"
    links = [("/swagger/", name.capitalize()), ("/redoc/", "For reading"), ("/errors/", "Errors")]
    return written(meanings(), Look(of=f"the {name}", stylesheet=static("chassis/documents.css"), links=links))
