"""Checks for each service's tests. Every function returns a list of violations."""

import json

from chassis.error_pages import error_docs, problem_classes
from devtools.openapi import snapshots
from devtools.openapi.breaking_changes import breaking_changes
from devtools.openapi.conversion import is_converted
from devtools.openapi.lint import undocumented


def stale_snapshots() -> list[str]:
    """Files that differ from what `make docs` would write."""
    files = snapshots.expected_files().items()
    stale = [path for path, text in files if not path.exists() or path.read_text() != text]
    openapi3 = snapshots.openapi3_path()
    if not is_converted(snapshots.current_schema(), json.loads(openapi3.read_text())):
        stale.append(openapi3)
    return [f"{path.parent.name}/{path.name}" for path in stale]


def changes_that_break_clients() -> list[str]:
    """Compared with the released interface. See docs/adr/0021-api-documents.md."""
    released = json.loads(snapshots.released_path().read_text())
    return breaking_changes(released, snapshots.current_schema())


def missing_documentation() -> list[str]:
    return undocumented(snapshots.current_schema(), {doc["code"] for doc in error_docs()})


def errors_without_advice() -> list[str]:
    """Errors with a code of their own that lack the detail or the advice for clients."""
    return [
        error.__name__
        for error in problem_classes()
        if not error.__module__.startswith("chassis.")
        and "code" in vars(error)
        and not ("advice" in vars(error) and error.detail)
    ]
