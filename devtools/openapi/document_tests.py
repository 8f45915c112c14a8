"""Tests of the API documents and error pages. Each service's test_openapi.py imports them."""

import json

import pytest
from django.test import Client

from chassis.error_pages import error_docs, problem_classes
from devtools.openapi import snapshots
from devtools.openapi.breaking_changes import breaking_changes
from devtools.openapi.conversion import is_converted
from devtools.openapi.lint import undocumented


def test_the_files_are_what_make_docs_would_write() -> None:
    files = snapshots.expected_files().items()
    stale = [path for path, text in files if not path.exists() or path.read_text() != text]
    openapi3 = snapshots.openapi3_path()
    if not is_converted(snapshots.current_schema(), json.loads(openapi3.read_text())):
        stale.append(openapi3)
    assert not stale, f"run make docs: {stale}"


def test_no_change_breaks_clients_of_the_released_version() -> None:
    """See docs/adr/0021-api-documents.md."""
    released = json.loads(snapshots.released_path().read_text())
    changes = breaking_changes(released, snapshots.current_schema())
    assert not changes, changes


def test_every_operation_is_fully_documented() -> None:
    missing = undocumented(snapshots.current_schema(), {doc["code"] for doc in error_docs()})
    assert not missing, missing


def test_every_error_has_a_detail_and_advice_for_clients() -> None:
    incomplete = [
        error.__name__
        for error in problem_classes()
        if not error.__module__.startswith("chassis.")
        and "code" in vars(error)
        and not ("advice" in vars(error) and error.detail)
    ]
    assert not incomplete, incomplete


def test_the_served_document_is_the_stored_one() -> None:
    assert json.loads(Client().get("/swagger.json").content) == snapshots.current_schema()


@pytest.mark.parametrize("path", ["/swagger/", "/redoc/"])
def test_swagger_ui_and_redoc_are_public_and_load_nothing_from_elsewhere(path: str) -> None:
    response = Client().get(path)

    assert (response.status_code, response["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert b"//cdn" not in response.content


@pytest.mark.parametrize("code", sorted({doc["code"] for doc in error_docs()}))
def test_every_error_code_has_a_page(code: str) -> None:
    page = Client().get(f"/errors/{code}")

    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1><code>{code}</code></h1>" in page.content.decode()
