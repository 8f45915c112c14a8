"""What Schemathesis has to know beyond swagger.json. It loads this by itself, from the virtual environment of its own."""

import csv
import json
import os
from io import StringIO
from typing import Any
from uuid import UUID

import schemathesis
from schemathesis.specs.openapi.checks import content_type_conformance

KNOWN: dict[str, str] = json.loads(os.environ.get("FUZZ_KNOWN", "{}"))
"""By the name of a parameter, the id of something that is there."""
STAFF_ID = os.environ.get("FUZZ_STAFF_ID", "")
MONEY = ("price", "expected_total")
WITHOUT_BODY = {204, 304}


def map_case(context: Any, case: Any) -> Any:
    """Every other id that is drawn at random is replaced by a known one, since it would never be there. Ids of our own (version 7)
    come from links, and stay: the known order is of another account.
    """
    _acquaint(case.path_parameters)
    body = case.body if isinstance(case.body, dict) else {}
    rows = body.get("items")
    for place in [body, *(rows if isinstance(rows, list) else [])]:
        _acquaint(place)
    return case


def filter_case(context: Any, case: Any) -> bool:
    """Not the account that is signed in with; no money as a number, which is taken though the documents ask for a string; and no
    blank query parameter, which is an absent one: Swagger 2.0 cannot say either.
    """
    if case.method == "PATCH" and (case.path_parameters or {}).get("user_id") == STAFF_ID:
        return False
    if any(_is_blank(value) for value in (case.query or {}).values()):
        return False
    body = case.body if isinstance(case.body, dict) else {}
    return not any(isinstance(body.get(name), int | float) and not isinstance(body[name], bool) for name in MONEY)


def content_type_of_bodies(context: Any, response: Any, case: Any) -> bool | None:
    """Swagger 2.0 says media types of an operation, not of a status: one without a body has none all the same."""
    return None if response.status_code in WITHOUT_BODY else content_type_conformance(context, response, case)


def _acquaint(place: Any) -> None:
    for name, known in KNOWN.items():
        if isinstance(place, dict) and name in place and _is_even(place[name]):
            place[name] = known


def _is_blank(value: Any) -> bool:
    """As it is sent: null, and lists and objects of nothing but blanks, are `name=`, too."""
    if isinstance(value, list | dict):
        return all(map(_is_blank, value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, str) and not value.strip())


def _is_even(value: Any) -> bool:
    try:
        return UUID(value).version != 7 and UUID(value).int % 2 == 0
    except (ValueError, TypeError, AttributeError):
        return False


def as_table(context: Any, value: Any) -> bytes:
    """Rows under the names of the first; what are no rows is sent as it is."""
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    if not rows:
        return str(value).encode(errors="replace")
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return table.getvalue().encode(errors="replace")


schemathesis.serializer("text/csv")(as_table)
schemathesis.hook(map_case)
schemathesis.hook(filter_case)
schemathesis.check(content_type_of_bodies)
