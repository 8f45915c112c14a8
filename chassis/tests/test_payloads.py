import json
from decimal import Decimal
from uuid import uuid4

import pytest

JSON = "application/json"
ID = "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"


@pytest.fixture
def post(client):
    def send(body, path="/api/echo/", kind=JSON):
        return client.post(
            path, body if isinstance(body, (bytes, str)) else json.dumps(body), content_type=kind
        )

    return send


def errors_of(response):
    assert (response.status_code, response.json()["code"]) == (400, "invalid"), response.content
    return {(error["field"], error["code"]) for error in response.json()["errors"]}


@pytest.mark.parametrize("body", [b"{", b'{"name": "\xed\xa0\x80"}', '{"name": "a\\u0000"}'])
def test_malformed_json_is_a_parse_error(post, body):
    response = post(body)
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("body", ["[]", "null", "1", '"text"', "true", "[{}]"])
def test_a_body_that_is_no_object_is_invalid_as_a_whole(post, body):
    response = post(body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert [error["field"] for error in response.json()["errors"]] == ["body"]


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
    ],
)
def test_another_media_type_is_415(post, kind):
    response = post(b"{}", kind=kind)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"]
)
def test_the_json_media_type_may_have_parameters(post, kind):
    assert post(b'{"name": "a"}', kind=kind).json() == {"name": "a"}


@pytest.mark.parametrize(
    "accept", ["text/html", "image/png", "*/*", "application/xml;q=1", "nonsense"]
)
def test_the_response_is_json_for_any_accept_header(client, accept):
    response = client.get("/api/echo/", headers={"Accept": accept})
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 3),
        ("name", True),
        ("name", ["a"]),
        ("name", {"a": 1}),
        ("count", "3"),
        ("count", True),
        ("count", 3.0),
        ("count", 1e30),
        ("count", 10**30),
        ("count", [3]),
        ("price", True),
        ("price", [1]),
        ("flag", 1),
        ("flag", "true"),
        ("flag", 0),
        ("ref", 5),
        ("ref", True),
        ("ref", [ID]),
        ("at", 20260101),
        ("mail", 1),
    ],
)
def test_a_wrong_json_type_is_an_error_of_its_field(post, field, value):
    assert errors_of(post({field: value})) == {(field, "type")}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("name", "x" * 101),
        ("count", 1001),
        ("count", -(2**63)),
        ("count", 2**64 - 1),
        ("price", "NaN"),
        ("price", "-Infinity"),
        ("price", "1e9"),
        ("price", "9" * 2000),
        ("price", 10**30),
        ("price", "1.234"),
        ("price", ""),
        ("flag", None),
        ("ref", "no uuid"),
        ("ref", ID + "0"),
        ("at", "yesterday"),
        ("at", "2026-13-01T00:00:00Z"),
        ("at", "9999-12-31T23:59:59-23:59"),
        ("at", "0001-01-01T00:00:00+23:59"),
        ("kind", "c"),
        ("kind", 1),
        ("mail", "no-address"),
        ("tags", "a"),
        ("tags", ["toolong"]),
        ("tags", {"a": 1}),
        ("box", [1]),
        ("box", "text"),
        ("boxes", {"label": "a"}),
        ("boxes", None),
    ],
)
def test_a_value_out_of_range_is_an_error_of_its_field(post, field, value):
    assert {name.split(".")[0] for name, _ in errors_of(post({field: value}))} == {field}


@pytest.mark.parametrize("value", [["a", 1], ["a", True], [["a"]], [None]])
def test_a_wrong_type_in_a_list_is_an_error_of_its_place(post, value):
    place = 1 if len(value) > 1 else 0
    assert {name for name, _ in errors_of(post({"tags": value}))} == {f"tags.{place}"}


def test_unknown_and_read_only_fields_are_rejected(post):
    assert errors_of(post({"nmae": "a", "made": 1, "name": "b", "": 1})) == {
        ("nmae", "unknown"),
        ("made", "unknown"),
        ("body", "unknown"),
    }


def test_nested_errors_have_the_full_path(post):
    body = {
        "boxes": [
            {},
            {"parts": [{"count": 1}, {"count": 0}, {"count": 1, "coutn": 2}]},
            {"lable": "a"},
            7,
            {"label": 5},
        ]
    }
    assert errors_of(post(body)) == {
        ("boxes.1.parts.1.count", "min_value"),
        ("boxes.1.parts.2.coutn", "unknown"),
        ("boxes.2.lable", "unknown"),
        ("boxes.3", "invalid"),
        ("boxes.4.label", "type"),
    }


def test_a_missing_nested_field_has_the_full_path(post):
    assert errors_of(post({"box": {"parts": [{"count": 1}, {}]}})) == {
        ("box.parts.1.count", "required")
    }


def test_a_list_that_is_too_long_is_an_error_of_the_list(post):
    assert errors_of(post({"box": {"parts": [{"count": 1}] * 4}})) == {("box.parts", "max_length")}


def test_valid_input_is_returned_unchanged(post):
    body = {
        "name": "Lämp <b> 😀",
        "count": -1,
        "price": "19.90",
        "flag": False,
        "ref": ID,
        "kind": "a",
        "tags": ["a"],
        "box": None,
        "boxes": [],
    }
    assert post(body).json() == body


def test_a_price_may_be_a_json_number(post):
    assert Decimal(post({"price": 19.9}).json()["price"]) == Decimal("19.9")


def test_ids_are_split_at_commas(client):
    ids = [str(uuid4()) for _ in range(100)]
    assert client.get("/api/echo/", {"ids": ",".join(ids)}).json() == {"ids": ids}


@pytest.mark.parametrize("ids", ["a", f"{ID},", f"{ID};{ID}", ",".join([ID] * 101)])
def test_other_ids_are_invalid(client, ids):
    assert {field for field, _ in errors_of(client.get("/api/echo/", {"ids": ids}))} == {"ids"}


def test_very_many_query_parameters_are_a_bad_request(client):
    assert client.get("/api/echo/?" + "a&" * 1001).status_code == 400


def test_a_repeated_query_parameter_is_rejected(client):
    [one, other] = [str(uuid4()) for _ in range(2)]

    assert errors_of(client.get(f"/api/echo/?ids={one}&ids={other}")) == {("ids", "repeated")}
