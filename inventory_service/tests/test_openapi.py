"""The OpenAPI document, its snapshots, and the error pages."""

import json

import pytest
from django.test import Client

from chassis.error_pages import error_docs
from demo_data import deterministic_uuid7
from devtools.openapi import assertions, snapshots
from inventory.api.serializers.common import EXAMPLE_PRODUCT_ID


def test_the_snapshots_are_up_to_date():
    assert assertions.stale_snapshots() == [], "run make docs"


def test_the_released_interface_is_compatible():
    assert assertions.changes_that_break_clients() == []


def test_every_operation_is_fully_documented():
    assert assertions.missing_documentation() == []


def test_every_error_has_advice_for_clients():
    assert assertions.errors_without_advice() == []


def test_the_snapshot_is_the_served_document():
    assert json.loads(Client().get("/swagger.json").content) == snapshots.current_schema()


@pytest.mark.parametrize("code", sorted({doc["code"] for doc in error_docs()}))
def test_every_error_code_has_a_page(code):
    page = Client().get(f"/errors/{code}")

    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1><code>{code}</code></h1>" in page.content.decode()


def test_the_example_product_is_in_the_demo_data():
    assert str(deterministic_uuid7("LGT-101")) == EXAMPLE_PRODUCT_ID
