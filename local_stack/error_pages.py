"""`python -m local_stack.error_pages`: the gateway's pages on error codes, from what the services and the gateway itself keep."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chassis import error_pages as pages
from chassis.problem_details import EXAMPLE_ID, problem
from local_stack.catalogue import GATEWAY, REPOSITORY, SERVICES

FOLDER = REPOSITORY / "gateway" / "site" / "errors"
LOOK = pages.PageTheme(
    of="the shop",
    stylesheet="/errors/style.css",
    links=[("/", "Shop"), ("/docs/", "Documents"), ("/errors/", "Errors")],
    icon="/icon.svg",
)
STYLE = REPOSITORY / "chassis" / "static" / "chassis" / "documents.css"


def of_today() -> dict[Path, str]:
    """Every file as it has to be."""
    written = pages.render_pages(meanings(), LOOK)
    files = {FOLDER / f"{code or 'index'}.html": page for code, page in written.items()}
    return files | {FOLDER / "style.css": STYLE.read_text()}


def write() -> None:
    files = of_today()
    FOLDER.mkdir(exist_ok=True)
    for path in set(FOLDER.iterdir()) - files.keys():
        path.unlink()
    for path, text in files.items():
        path.write_text(text)


def meanings() -> list[pages.ErrorDoc]:
    """What each code means at whichever service; the same said by several of them once, with their names."""
    distinct: dict[tuple[str, int, str, str], dict[str, Any]] = {}
    for name in (*SERVICES, GATEWAY):
        for meaning in _of(name):
            said = (meaning["code"], meaning["status"], meaning["detail"], meaning["advice"])
            distinct.setdefault(said, {**meaning, "services": []})["services"].append(name)
    return [distinct[said] for said in sorted(distinct, key=lambda said: said[:2])]


def _of(name: str) -> Iterator[dict[str, Any]]:
    if name != GATEWAY:
        yield from json.loads((REPOSITORY / "docs" / "errors" / f"{name}.json").read_text())
        return
    for said in json.loads((REPOSITORY / "gateway" / "errors.json").read_text()):
        example = problem(said["status"], said["code"], said["detail"])
        yield {**said, "title": example["title"], "example": example | {"request_id": EXAMPLE_ID}}


if __name__ == "__main__":
    write()
