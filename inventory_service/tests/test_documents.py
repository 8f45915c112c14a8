"""The kept documents, the errors' pages, and what swagger.json says."""

import json

import pytest
from django.test import Client

from chassis.error_pages import error_docs
from demo_data import deterministic_uuid7
from devtools.openapi import assertions, snapshots
from inventory.api.serializers import PRODUCT


def test_every_change_of_the_documents_is_recorded():
    assert assertions.stale_snapshots() == [], "run make docs"


def test_nothing_breaks_a_caller_of_the_released_interface():
    assert assertions.changes_that_break_clients() == []


def test_every_operation_says_all_that_a_caller_has_to_know():
    assert assertions.missing_documentation() == []


def test_every_refusal_says_what_a_client_should_do():
    assert assertions.errors_without_advice() == []


def test_what_is_kept_is_what_is_served():
    assert json.loads(Client().get("/swagger.json").content) == snapshots.current_schema()


@pytest.mark.parametrize("code", sorted({doc["code"] for doc in error_docs()}))
def test_every_code_has_a_page(code):
    page = Client().get(f"/errors/{code}")

    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1><code>{code}</code></h1>" in page.content.decode()


def test_the_prefilled_product_is_one_of_the_demo_data():
    assert str(deterministic_uuid7("LGT-101")) == PRODUCT
