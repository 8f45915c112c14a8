"""Notes of staff about an order."""

from uuid import uuid4

import pytest
from api_client import JSONClient
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Note

pytestmark = pytest.mark.django_db


def test_notes_are_sorted_newest_first(order, staff):
    path = f"/api/orders/{order().pk}/notes/"

    first = staff.post(path, {"text": " Call <b>first</b> 💡 "})
    second = JSONClient("staff").post(path, {"text": "Fragile."})

    assert (first.status_code, first.json()["text"], first.json()["author"]) == (
        201,
        "Call <b>first</b> 💡",
        str(staff.user_id),
    )
    assert set(first.json()) == {"id", "text", "author", "created_at"}
    assert staff.get(path).json() == {
        "next": None,
        "previous": None,
        "results": [second.json(), first.json()],
    }


def test_notes_belong_to_one_order(order, staff):
    one, other = order(), order()
    staff.post(f"/api/orders/{one.pk}/notes/", {"text": "Fragile."})

    assert staff.get(f"/api/orders/{other.pk}/notes/").json()["results"] == []


def test_notes_are_paginated(order, staff):
    path = f"/api/orders/{order().pk}/notes/"
    made = [staff.post(path, {"text": str(number)}).json() for number in range(3)]

    with CaptureQueriesContext(connection) as statements:
        page = staff.get(f"{path}?page_size=2").json()
    assert len(statements) == 3

    assert page["results"] == made[:0:-1]
    assert staff.get(page["next"].removeprefix("http://testserver")).json()["results"] == made[:1]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_customers_cannot_read_or_add_notes(order, staff, buyer, assert_problem, method):
    mine = order(user_id=buyer.user_id)
    path = f"/api/orders/{mine.pk}/notes/"
    staff.post(path, {"text": "Pays late."})

    assert_problem(
        buyer.send(method, path, {"text": "No."} if method == "POST" else None),
        403,
        "permission_denied",
    )
    for shown in ("", "events/"):
        assert b"Pays late" not in buyer.get(f"/api/orders/{mine.pk}/{shown}").content
    assert Note.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "  "}, "text"),
        ({"text": None}, "text"),
        ({"text": 3}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"text": "x", "author": str(uuid4())}, "author"),
        ([], "body"),
    ],
)
def test_invalid_note_is_rejected(order, staff, assert_problem, body, field):
    response = assert_problem(staff.post(f"/api/orders/{order().pk}/notes/", body), 400, "invalid")

    assert [error["field"] for error in response["errors"]] == [field]
    assert not Note.objects.exists()


def test_note_may_have_2000_characters(order, staff):
    assert staff.post(f"/api/orders/{order().pk}/notes/", {"text": "💡" * 2000}).status_code == 201
