"""A page for people on each error code: what `type` in a problem document points to. Needs no settings."""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).parent.parent / "templates"

Meaning = Mapping[str, Any]
"""What a code may mean: code, status, title, detail, advice and an example. A code has one for each status and reason."""


Links = Sequence[tuple[str, str]]
"""Address and name of what every page leads to; the first is the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What all pages have in common."""

    of: str
    stylesheet: str
    links: Links
    icon: str = ""


def written(known: Iterable[Meaning], look: Look) -> dict[str, str]:
    """The pages by code; the list of all of them under the empty code."""
    by_code = {code: list(group) for code, group in groupby(known, key=lambda meaning: str(meaning["code"]))}
    rows = [{**meaning, "statuses": _statuses(group), "code": code} for code, group in by_code.items() for meaning in group[:1]]
    pages = {code: _render("code", look, code=code, meanings=_shown(group)) for code, group in by_code.items()}
    return pages | {"": _render("index", look, rows=rows)}


def _render(name: str, look: Look, **content: object) -> str:
    engine = Engine(dirs=[str(FOLDER)])
    return engine.get_template(f"errors/{name}.html").render(
        Context({**asdict(look), "current": "page" if name == "index" else "true", **content})
    )


def _shown(group: list[Meaning]) -> list[dict[str, object]]:
    """Everything as text: numbers would be written by Django's settings."""
    return [
        {
            "status": str(meaning["status"]),
            "title": meaning["title"],
            "detail": marked(str(meaning["detail"])),
            "advice": marked(str(meaning["advice"])),
            "example": json.dumps(meaning["example"], indent=2, ensure_ascii=False),
            "services": ", ".join(meaning.get("services", [])),
        }
        for meaning in group
    ]


def _statuses(group: list[Meaning]) -> str:
    return ", ".join(dict.fromkeys(str(meaning["status"]) for meaning in group))


def marked(text: str) -> SafeString:
    """`words` between backticks are code."""
    return mark_safe(re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False)))  # noqa: S308  (escaped before)
