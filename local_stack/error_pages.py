"""`python -m local_stack.error_pages`: renders the gateway's pages of error codes from the error
lists of services and gateway.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chassis import error_pages as pages
from chassis.problem_details import EXAMPLE_ID, problem
from local_stack.topology import GATEWAY, REPOSITORY, SERVICES

FOLDER = REPOSITORY / "gateway" / "site" / "errors"
LOOK = pages.PageTheme(
    of="the shop",
    stylesheet="/errors/style.css",
    links=[("/", "Shop"), ("/docs/", "Documents"), ("/errors/", "Errors")],
    icon="/icon.svg",
)
STYLE = REPOSITORY / "chassis" / "static" / "chassis" / "documents.css"


def expected_files() -> dict[Path, str]:
    """The expected content of every file, by path."""
    rendered = pages.render_pages(meanings(), LOOK)
    files = {FOLDER / f"{code or 'index'}.html": page for code, page in rendered.items()}
    return files | {FOLDER / "style.css": STYLE.read_text()}


def write() -> None:
    files = expected_files()
    FOLDER.mkdir(exist_ok=True)
    for path in set(FOLDER.iterdir()) - files.keys():
        path.unlink()
    for path, text in files.items():
        path.write_text(text)


def meanings() -> list[pages.ErrorDoc]:
    """The documentation of every error code.

    Equal entries of several services become one, with the services' names.
    """
    distinct: dict[tuple[str, int, str, str], dict[str, Any]] = {}
    for name in (*SERVICES, GATEWAY):
        for meaning in _of(name):
            key = (meaning["code"], meaning["status"], meaning["detail"], meaning["advice"])
            distinct.setdefault(key, {**meaning, "services": []})["services"].append(name)
    return [distinct[key] for key in sorted(distinct, key=lambda key: key[:2])]


def _of(name: str) -> Iterator[dict[str, Any]]:
    if name != GATEWAY:
        yield from json.loads((REPOSITORY / "docs" / "errors" / f"{name}.json").read_text())
        return
    for entry in json.loads((REPOSITORY / "gateway" / "errors.json").read_text()):
        example = problem(entry["status"], entry["code"], entry["detail"])
        yield {**entry, "title": example["title"], "example": example | {"request_id": EXAMPLE_ID}}


if __name__ == "__main__":
    write()
