"""The OpenAPI snapshots and the pages on error codes."""

import json

import pytest
from django.test import Client

from chassis.error_pages import error_docs
from devtools.openapi import assertions, snapshots


def test_the_snapshots_are_up_to_date():
    assert assertions.stale_snapshots() == [], "run make docs"


def test_no_change_breaks_clients_of_the_released_version():
    assert assertions.changes_that_break_clients() == []


def test_every_operation_is_documented():
    assert assertions.missing_documentation() == []


def test_every_error_has_advice():
    assert assertions.errors_without_advice() == []


def test_the_served_document_equals_the_snapshot():
    assert json.loads(Client().get("/swagger.json").content) == snapshots.current_schema()


@pytest.mark.parametrize("code", sorted({doc["code"] for doc in error_docs()}))
def test_every_code_has_a_page(code):
    page = Client().get(f"/errors/{code}")

    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1><code>{code}</code></h1>" in page.content.decode()
