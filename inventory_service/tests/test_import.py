"""POST /api/inventory/import/: JSON and CSV."""

from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.client import FakePayload

from inventory import selectors
from inventory.models import Movement, Stock
from tests.conftest import STAFF
from tests.test_api import SOME, assert_problem, invalid_fields, nothing_stored

pytestmark = pytest.mark.django_db

IMPORT = "/api/inventory/import/"
A, B = "00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"


@pytest.fixture
def send(client):
    def send(body, kind="text/csv", **headers):
        if kind != "text/csv":
            return client.post(IMPORT, body=body, token=client.staff, headers=headers)
        raw = body.encode() if isinstance(body, str) else body
        return client.generic("POST", IMPORT, raw, kind, token=client.staff, headers=headers)

    return send


@pytest.fixture
def send_json(send):
    return lambda body, **headers: send(body, "application/json", **headers)


def received(response):
    assert response.status_code == 200, response.content
    body = response.json()
    assert (body["errors"], body["error_count"]) == ([], 0)
    return body["created"], body["updated"]


def row_errors(response):
    """Of a rejected import."""
    assert response.status_code == 200, response.content
    body = response.json()
    assert (body["created"], body["updated"]) == (0, 0)
    assert all(error["message"] for error in body["errors"])
    assert nothing_stored()
    return [(error["row"], error["field"], error["code"]) for error in body["errors"]]


def units():
    return {str(row.product_id): row.quantity for row in Stock.objects.all()}


def test_an_import_creates_new_stock_and_adds_to_existing_stock(send_json, stock):
    lamp = stock("LAMP", quantity=10)
    new = str(uuid4())
    response = send_json(
        [
            {"product_id": new, "quantity": 3},
            {"product_id": str(lamp.product_id), "quantity": 5, "note": "box 7"},
        ]
    )
    assert received(response) == (1, 1)
    assert units() == {new: 3, str(lamp.product_id): 15}


def test_each_row_is_a_movement_with_actor_and_note(send_json, stock):
    lamp = stock("LAMP", quantity=10)
    send_json(
        [
            {"product_id": A, "quantity": 3},
            {"product_id": str(lamp.product_id), "quantity": 5, "note": "box 7"},
        ]
    )
    columns = (
        *("kind", "delta", "reserved_delta", "quantity_after", "reserved_after"),
        *("reference", "note", "actor"),
    )
    rows = {
        str(row.pop("product_id")): row
        for row in Movement.objects.order_by("id").values("product_id", *columns)
    }
    assert rows[A] == dict(zip(columns, ("receipt", 3, 0, 3, 0, None, "", STAFF), strict=True))
    assert rows[str(lamp.product_id)] == dict(
        zip(columns, ("receipt", 5, 0, 15, 0, None, "box 7", STAFF), strict=True)
    )


def test_an_import_does_not_change_reserved_units(send_json, stock, reserved):
    lamp = stock("LAMP", quantity=10)
    reserved(lamp, 4)
    assert received(send_json([{"product_id": str(lamp.product_id), "quantity": 5}])) == (0, 1)
    assert stock.units(lamp) == (11, 4)


@pytest.mark.parametrize(
    "text",
    [
        f"product_id,quantity,note\n{A},3,box 7\n{B},4,\n",
        f"\ufeffproduct_id,quantity,note\r\n{A},3,box 7\r\n{B},4,\r\n",
        f"product_id;quantity;note\n{A};3;box 7\n{B};4;\n",
        f" note , quantity,product_id\nbox 7, 3 ,{A}\n,4,{B}",
        f'"product_id","quantity","note",,\n{A},"3","box 7",,\n\n{B},4\n',
        f"quantity,product_id,note\n0003,{A.upper()},box 7\n4,{B.replace('-', '')},\n",
    ],
)
def test_csv_is_parsed_as_spreadsheets_write_it(send, text):
    assert received(send(text)) == (2, 0)
    assert units() == {A: 3, B: 4}
    assert set(Movement.objects.values_list("product_id", "note")) == {
        (UUID(A), "box 7"),
        (UUID(B), ""),
    }


def test_a_note_can_have_lines_quotes_and_commas(send):
    assert received(send(f'product_id,quantity,note\n{A},3,"two\nlines, ""quoted"""\n')) == (1, 0)
    assert Movement.objects.get().note == 'two\nlines, "quoted"'


BAD_ROWS = [
    ({"quantity": 0}, "quantity", "min_value"),
    ({"quantity": -1}, "quantity", "min_value"),
    ({"quantity": 1_000_000_001}, "quantity", "max_value"),
    ({"quantity": 10**30}, "quantity", "type"),
    ({"quantity": "3"}, "quantity", "type"),
    ({"quantity": 3.0}, "quantity", "type"),
    ({"quantity": True}, "quantity", "type"),
    ({"quantity": None}, "quantity", "null"),
    ({"product_id": "lamp"}, "product_id", "invalid"),
    ({"product_id": 7}, "product_id", "type"),
    ({"note": "x" * 501}, "note", "max_length"),
    ({"qantity": 3}, "qantity", "unknown"),
]


@pytest.mark.parametrize(("change", "field", "code"), BAD_ROWS)
def test_an_invalid_json_row_is_reported_and_nothing_is_received(send_json, change, field, code):
    rows = [{"product_id": A, "quantity": 3}, {"product_id": B, "quantity": 4} | change]
    assert row_errors(send_json(rows)) == [(2, field, code)]


@pytest.mark.parametrize("row", [None, 5, "x", [], [{}]])
def test_a_row_that_is_not_an_object_is_an_error_of_the_body(send_json, row):
    assert row_errors(send_json([{"product_id": A, "quantity": 3}, row]))[0][:2] == (2, "body")


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        (f"{B},,", "quantity", "type"),
        (f"{B},-1,", "quantity", "type"),
        (f"{B},1.0,", "quantity", "type"),
        (f"{B},1_0,", "quantity", "type"),
        (f"{B},٣,", "quantity", "type"),
        (f"{B},{'9' * 400},", "quantity", "type"),
        (f"{B},0,", "quantity", "min_value"),
        (f"{B},1000000001,", "quantity", "max_value"),
        (f"{B}", "quantity", "required"),
        (",1,", "product_id", "invalid"),
        ("lamp,1,", "product_id", "invalid"),
        (f"{B},1,{'x' * 501}", "note", "max_length"),
        (f"{B},1,,,5", "column 4", "unknown"),
    ],
)
def test_an_invalid_csv_row_is_reported_and_nothing_is_received(send, cells, field, code):
    assert (2, field, code) in row_errors(send(f"product_id,quantity,note\n{A},3,\n{cells}\n"))


def test_a_duplicate_product_is_an_error(send_json):
    rows = [
        {"product_id": A, "quantity": 3},
        {"product_id": B, "quantity": 1},
        {"product_id": A.upper(), "quantity": 3},
    ]
    response = send_json(rows)
    assert row_errors(response) == [(3, "product_id", "repeated")]
    assert response.json()["errors"][0]["message"] == "This product is in row 1 already."


def test_an_error_in_a_csv_file_has_its_line(send):
    response = send(f'quantity,note,product_id\n3,"two\nlines",{A}\n,,\n\n0,,{B}\n')
    assert row_errors(response) == [(2, "quantity", "min_value")]
    assert response.json()["errors"][0]["line"] == 6


def test_the_first_100_errors_are_reported_by_row_and_all_are_counted(send_json):
    response = send_json(
        [{"product_id": A, "quantity": 3}] * 101 + [{"product_id": B, "quantity": 0}] * 100
    )
    assert [row for row, _, _ in row_errors(response)] == list(range(2, 102))
    assert response.json()["error_count"] == 200


@pytest.mark.parametrize(
    "text", ["product_id,quantity\n", "product_id,quantity", "quantity;product_id\r\n;\r\n"]
)
def test_a_csv_file_without_rows_receives_nothing(send, text):
    assert received(send(text)) == (0, 0)
    assert nothing_stored()


def test_more_than_ten_thousand_rows_are_413(send, send_json):
    row = {"product_id": SOME, "quantity": 1}
    for response in (
        send("product_id,quantity\n" + f"{A},1\n" * 10_001),
        send_json([row] * 10_001),
    ):
        assert_problem(response, 413, "payload_too_large")
    assert nothing_stored()


@pytest.mark.parametrize("body", [{}, None, "x", 5])
def test_a_json_body_that_is_not_an_array_is_400(send_json, body):
    raw = b"null" if body is None else body
    assert invalid_fields(send_json(raw)) == {"body"}
    assert nothing_stored()


@pytest.mark.parametrize(
    "raw",
    [
        b"product_id,quantity\n\xff\xfe,1\n",
        "product_id,quantity\n".encode("utf-16"),
        b"product_id,quantity\n\0,1\n",
        b'product_id,quantity\n"never ends,1\n',
        b'product_id,quantity\n"a"b,1\n',
        b"product_id,quantity,quantity\na,1,1\n",
        b"product_id,qantity\na,1\n",
        b"product_id\na\n",
        b"\n",
    ],
)
def test_invalid_csv_is_400(send, raw):
    assert_problem(send(raw), 400, "parse_error")
    assert nothing_stored()


def test_a_file_has_at_most_8_mib(client, send):
    limit = 8 * 1024 * 1024
    assert_problem(send(b"x" * (limit + 1)), 413, "payload_too_large")
    assert received(send(f"product_id,quantity\n{A},1".ljust(limit, "\n"))) == (1, 0)
    assert_problem(
        client.post("/api/inventory/import", body=b" " * (limit + 1), token=client.staff),
        413,
        "payload_too_large",
    )


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/vnd.ms-excel", "multipart/form-data; boundary=x"]
)
def test_an_unsupported_media_type_is_415(client, kind):
    response = client.generic("POST", IMPORT, b"product_id,quantity\n", kind, token=client.staff)
    assert_problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["text/csv", "application/json"])
def test_the_body_of_an_import_is_read_for_staff_only(client, monkeypatch, kind):
    monkeypatch.setattr(FakePayload, "read", lambda *_: pytest.fail("the body was read"))
    assert_problem(client.generic("POST", IMPORT, b"x" * 1000, kind), 401, "not_authenticated")
    assert_problem(
        client.generic("POST", IMPORT, b"x" * 1000, kind, token=client.customer),
        403,
        "permission_denied",
    )


def test_ten_thousand_rows_are_received_at_once(send):
    rows = [f"{UUID(int=number)},{number}" for number in range(1, 10_001)]
    assert received(send("\n".join(["product_id,quantity", *reversed(rows)]))) == (10_000, 0)
    assert received(send("\n".join(["product_id,quantity", *rows]))) == (0, 10_000)
    assert selectors.get_stock(UUID(int=9_999)).quantity == 2 * 9_999
    assert Movement.objects.count() == 20_000


@pytest.fixture
def emptied_table():
    """Statistics of many pages and no rows, with which a plan may scan all receipts per row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stock (product_id) SELECT uuidv7() FROM generate_series(1, 10000);"
            "DELETE FROM stock"
        )
        cursor.execute(
            "SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'stock',"
            " 'relpages', 100, 'reltuples', 0::real)"
        )


def test_ten_thousand_rows_are_received_at_once_in_an_emptied_table(send, emptied_table):
    assert received(send(f"product_id,quantity\n{A},1\n{B},1\n")) == (2, 0)
    rows = [f"{UUID(int=number)},{number}" for number in range(1, 10_001)]
    assert received(send("\n".join(["product_id,quantity", *rows]))) == (10_000, 0)
