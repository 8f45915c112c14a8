"""GET /errors/ and /errors/<code>/: a page for each error code, the target of a problem's `type`.

The codes come from the Problem classes. `render_pages` needs no settings.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from chassis.problem_details import Problem, example_of, title
from chassis.problems import NotFound

MODULES = (".errors", "chassis.problems")
"""The modules of the API's errors, always imported with the URLs. The admin's are not included."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

ErrorDoc = Mapping[str, Any]
"""One meaning of a code: code, status, title, detail, advice and an example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTheme:
    of: str
    stylesheet: str
    links: Sequence[tuple[str, str]]
    """URL and name of the links of every page; the first is the home page."""
    icon: str = ""


def index(request: HttpRequest) -> HttpResponse:
    return code(request, "")


def code(request: HttpRequest, code: str) -> HttpResponse:
    page = _service_pages().get(code)
    if page is None:
        raise NotFound("There is no such error code.")
    return HttpResponse(
        page, headers={"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    )


@cache
def _service_pages() -> dict[str, str]:
    name = f"{settings.SERVICE_NAME} service"
    links = [("/swagger/", name.capitalize()), ("/redoc/", "Reference"), ("/errors/", "Errors")]
    theme = PageTheme(of=f"the {name}", stylesheet=static("chassis/documents.css"), links=links)
    return render_pages(error_docs(), theme)


def error_docs() -> list[ErrorDoc]:
    """For every code that this service can return."""
    distinct: dict[tuple[str, int, str], ErrorDoc] = {}
    for error in problem_classes():
        if error.advice:
            distinct.setdefault((error.code, error.status, error.detail), describe(error))
    return [distinct[key] for key in sorted(distinct, key=lambda key: key[:2])]


def problem_classes() -> Iterator[type[Problem]]:
    """Base classes first, so that a general meaning precedes a special one."""
    import_module(settings.ROOT_URLCONF)  # imports every error that a view may raise
    generation: list[type[Problem]] = [Problem]
    while generation := [child for each in generation for child in each.__subclasses__()]:
        # By module, because the order of imports is not stable.
        generation.sort(
            key=lambda error: (not error.__module__.startswith("chassis."), error.__module__)
        )
        yield from (error for error in generation if error.__module__.endswith(MODULES))


def describe(error: type[Problem]) -> ErrorDoc:
    return {
        "code": error.code,
        "status": error.status,
        "title": title(error.status),
        "detail": error.detail,
        "advice": error.advice,
        "example": example_of(error),
    }


def render_pages(docs: Iterable[ErrorDoc], theme: PageTheme) -> dict[str, str]:
    """The pages by code; the index has the empty code."""
    by_code = {code: list(group) for code, group in groupby(docs, key=lambda doc: str(doc["code"]))}
    rows = [{**group[0], "statuses": _statuses(group)} for group in by_code.values()]
    pages = {
        code: _render("code", theme, code=code, meanings=map(_context, group))
        for code, group in by_code.items()
    }
    return pages | {"": _render("index", theme, rows=rows)}


def _render(name: str, theme: PageTheme, **content: object) -> str:
    engine = Engine(dirs=[str(Path(__file__).parent / "templates")])
    current = "page" if name == "index" else "true"
    return engine.get_template(f"errors/{name}.html").render(
        Context({**asdict(theme), "current": current, **content})
    )


def _context(doc: ErrorDoc) -> dict[str, object]:
    """Converts numbers to text, because templates would localize them."""
    return {
        **doc,
        "status": str(doc["status"]),
        "detail": inline_code(str(doc["detail"])),
        "advice": inline_code(str(doc["advice"])),
        "example": json.dumps(doc["example"], indent=2, ensure_ascii=False),
        "services": ", ".join(doc.get("services", [])),
    }


def _statuses(group: Sequence[ErrorDoc]) -> str:
    return ", ".join(dict.fromkeys(str(doc["status"]) for doc in group))


def inline_code(text: str) -> SafeString:
    """Replace backticks by <code>."""
    escaped = html.escape(text, quote=False)
    return mark_safe(re.sub("`([^`]+)`", r"<code>\1</code>", escaped))  # noqa: S308
