"""The stored API documents and the pages of error codes."""

import json

import pytest
from django.test import Client

from chassis.error_pages import error_docs
from demo_data import deterministic_uuid7
from devtools.openapi import assertions, snapshots
from orders.errors import EXAMPLE_PRODUCT_ID


def test_stored_api_documents_are_current():
    assert assertions.stale_snapshots() == [], "run make docs"


def test_no_breaking_change_since_the_release():
    assert assertions.changes_that_break_clients() == []


def test_every_operation_is_documented():
    assert assertions.missing_documentation() == []


def test_every_error_has_advice():
    assert assertions.errors_without_advice() == []


def test_served_schema_equals_the_stored_one():
    assert json.loads(Client().get("/swagger.json").content) == snapshots.current_schema()


@pytest.mark.parametrize("code", sorted({doc["code"] for doc in error_docs()}))
def test_every_error_code_has_a_page(code):
    page = Client().get(f"/errors/{code}")

    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1><code>{code}</code></h1>" in page.content.decode()


def test_example_product_is_in_the_demo_data():
    assert str(deterministic_uuid7("LGT-101")) == EXAMPLE_PRODUCT_ID
