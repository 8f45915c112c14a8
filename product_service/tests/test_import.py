from collections import Counter
from decimal import Decimal

import pytest
from conftest import outcomes_of
from django.db import connection
from django.test.client import FakePayload

from products import services
from products.models import Category, Product
from products.services.bulk_upsert import upsert

PATH = "/api/products/import/"


def outcome(result):
    return result["created"], result["updated"], result["unchanged"], result["error_count"]


def error_rows(result):
    assert result["created"] == result["updated"] == result["unchanged"] == 0
    return [(error["row"], error["field"], error["code"]) for error in result["errors"]]


def stored():
    return list(
        Product.objects.order_by("sku").values_list(
            "sku", "name", "price", "category", "is_active", "version"
        )
    )


def test_new_products_are_created_and_existing_ones_updated(product, import_products):
    product("OLD", name="Old", price="1.00", category="Home", description="Bright.")
    product("SAME", name="Same", price="3.00")

    result = import_products(
        "price,name,sku,category",
        '19.99,"Desk lamp, red",NEW,Home/Lighting',
        "2,Older,OLD,Toys",
        "3.00,Same,SAME,",
        end="\n",
    )

    assert outcome(result) == (1, 1, 1, 0)
    assert result["errors"] == []
    assert stored() == [
        ("NEW", "Desk lamp, red", Decimal("19.99"), "Home/Lighting", True, 1),
        ("OLD", "Older", Decimal("2.00"), "Toys", True, 2),
        ("SAME", "Same", Decimal("3.00"), "", True, 1),
    ]
    assert Product.objects.get(sku="OLD").description == "Bright."


def test_json_rows_may_have_different_fields(product, import_products):
    product("OLD", name="Old", category="Home", is_active=False)
    rows = [
        {"sku": "NEW", "name": "New", "price": 5, "is_active": False},
        {"sku": "OLD", "price": "7.50"},
        {"sku": "OLD-2"},
    ]

    assert error_rows(import_products(rows)) == [(3, "name", "required"), (3, "price", "required")]
    assert outcome(import_products(rows[:2])) == (1, 1, 0, 0)
    assert stored() == [
        ("NEW", "New", Decimal(5), "", False, 1),
        ("OLD", "Old", Decimal("7.50"), "Home", False, 2),
    ]


def test_importing_again_changes_nothing(import_products):
    table = ("sku,name,price,is_active", "A,Lamp,1.00,true", "B,Chair,2.00,FALSE", "C,Stool,3,")

    assert outcome(import_products(*table)) == (3, 0, 0, 0)
    before = list(Product.objects.order_by("id").values())
    assert outcome(import_products(*table)) == (0, 0, 3, 0)
    assert list(Product.objects.order_by("id").values()) == before


def test_one_invalid_row_writes_nothing_and_errors_have_row_and_line(product, import_products):
    product("OLD", name="Old", price="1.00")
    before = stored()

    result = import_products(
        "sku,name,price,image_url,is_active",
        "OLD,Older,2.00,,",
        '"NEW","On two',
        'lines",x,,',
        "",
        "OLD,Again,1,,",
        " B,,1,ftp://example.com/a,perhaps",
        "C,Lamp,1",
    )

    assert error_rows(result) == [
        (2, "name", "invisible"),
        (2, "price", "invalid"),
        (3, "sku", "repeated"),
        (4, "is_active", "type"),
        (5, "row", "invalid"),
    ]
    assert [error["line"] for error in result["errors"]] == [3, 3, 6, 7, 8]
    assert (result["error_count"], stored()) == (5, before)


def test_all_errors_of_a_row_are_listed(import_products):
    assert error_rows(
        import_products(
            [{"sku": " A", "name": "", "price": "-1", "category": "a\nb"}, "B", None, [], {}]
        )
    ) == [
        (1, "sku", "invalid"),
        (1, "name", "blank"),
        (1, "price", "invalid"),
        (1, "category", "invalid"),
        (2, "body", "invalid"),
        (3, "body", "null"),
        (4, "body", "invalid"),
        (5, "sku", "required"),
    ]
    assert error_rows(
        import_products([{"sku": "A", "name": None, "price": 1, "colour": "red", "id": 1}])
    ) == [
        (1, "colour", "unknown"),
        (1, "id", "unknown"),
    ]


def test_a_new_product_needs_a_name_and_a_price(product, import_products):
    product("OLD")

    assert error_rows(import_products("sku,name", "OLD,Older", "NEW,New")) == [
        (2, "price", "required")
    ]
    assert error_rows(import_products("sku,name,price", "NEW,,")) == [
        (1, "name", "blank"),
        (1, "price", "invalid"),
    ]
    assert Product.objects.get().name == "A old"


def test_the_first_hundred_errors_are_listed_and_all_counted(import_products):
    result = import_products(
        [{"sku": f"S{number}", "name": "", "price": "x"} for number in range(75)]
    )

    assert (len(result["errors"]), result["error_count"]) == (100, 150)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_csv_dialects_of_spreadsheets_are_accepted(staff, encoding, delimiter, end, db):
    text = end.join(
        [
            delimiter.join(["sku", " name ", "price"]),
            delimiter.join(["Ä-1", '"Lamp; red, ""big"""', "1.50"]),
        ]
    )

    result = staff.send("POST", PATH, text.encode(encoding), "text/csv; charset=utf-8").json()

    assert outcome(result) == (1, 0, 0, 0)
    assert [row[:3] for row in stored()] == [("Ä-1", 'Lamp; red, "big"', Decimal("1.50"))]


@pytest.mark.parametrize(
    "raw",
    [
        b"\n",
        b"name,price\nLamp,1\n",
        b"sku,name,colour\nA,Lamp,red\n",
        b"sku,sku\nA,B\n",
        b"sku,name,price\nA,L\xe4mp,1\n",
        "sku,name,price\nA,Lamp,1\n".encode("utf-16"),
        b'sku,name,price\nA,"Lamp,1\n',
        b'sku,name,price\nA,"Lamp"x,1\n',
        b"sku,name,price\nA," + b"x" * 200_000 + b",1\n",
        b"\x00" * 100,
        b"sku,name,price\nA,La\0mp,1\n",
        b"PK\x03\x04 a spreadsheet",
    ],
)
def test_invalid_csv_is_rejected(db, staff, assert_problem, raw):
    problem = assert_problem(staff.send("POST", PATH, raw, "text/csv"), 400, "parse_error")

    assert problem["detail"]
    assert not Product.objects.exists()


def test_an_empty_body_is_rejected(db, staff, assert_problem):
    assert_problem(staff.send("POST", PATH, b"", "text/csv"), 400, "invalid")


@pytest.mark.parametrize("body", [{}, {"sku": "A"}, "text", 5, None])
def test_json_other_than_an_array_is_rejected(db, staff, assert_problem, body):
    assert_problem(staff.send("POST", PATH, b"null" if body is None else body), 400, "invalid")


def test_an_import_without_rows_is_valid(import_products):
    assert (
        outcome(import_products([])) == outcome(import_products("sku,name,price")) == (0, 0, 0, 0)
    )


def test_more_than_ten_thousand_rows_or_eight_mebibytes_are_rejected(db, staff, assert_problem):
    assert_problem(staff.post(PATH, [{}] * 10_001), 413, "payload_too_large")
    assert_problem(
        staff.send("POST", PATH, b"x" * (8 * 1024 * 1024 + 1), "text/csv"), 413, "payload_too_large"
    )
    assert not Product.objects.exists()


def test_only_staff_may_import_and_export(db, anyone, customer, assert_problem):
    for method, path in (("POST", PATH), ("GET", "/api/products/export/")):
        assert_problem(
            anyone.send(method, path, [] if method == "POST" else None), 401, "not_authenticated"
        )
        assert_problem(
            customer.send(method, path, [] if method == "POST" else None), 403, "permission_denied"
        )


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_other_media_types_are_rejected(db, staff, assert_problem, content_type):
    assert_problem(staff.send("POST", PATH, b"sku", content_type), 415, "unsupported_media_type")


def test_ten_thousand_products_take_eight_statements(
    db, staff, anyone, django_assert_max_num_queries
):
    rows = [
        {
            "sku": f"SKU-{number}",
            "name": f"Lamp {number}",
            "price": "1.00",
            "category": f"C{number % 5}",
            "description": "Bright " * 20,
        }
        for number in range(10_000)
    ]
    with django_assert_max_num_queries(8):
        result = staff.post(PATH, rows)

    assert outcome(result.json()) == (10_000, 0, 0, 0)
    assert {row.slug: row.product_count for row in Category.objects.non_empty()} == {
        f"c{number}": 2000 for number in range(5)
    }
    assert anyone.get("/api/products/?search=lmap&page_size=5").json()["next"]


def test_the_statement_timeout_is_reset_after_an_import(transactional_db, import_products):
    import_products("sku,name,price", "A,Lamp,1")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("2s",)


@pytest.mark.django_db(transaction=True)
def test_concurrent_imports_and_creations_do_not_deadlock(product):
    rows = [
        {"sku": f"S{number}", "name": "Lamp", "price": Decimal(1), "category": f"C{number % 3}"}
        for number in range(300)
    ]

    outcomes = outcomes_of(
        lambda: upsert(rows),
        lambda: upsert(list(reversed(rows))),
        *[
            lambda number=number: services.create(
                sku=f"S{number}", name="Chair", price=Decimal(1), category="C1"
            )
            for number in range(4)
        ],
    )

    assert Counter(outcomes)["done"] >= 2
    assert set(outcomes) <= {"done", "DuplicateSku"}
    assert Product.objects.count() == 300
    assert {row.slug: row.product_count for row in Category.objects.non_empty()} == {
        "c0": 100,
        "c1": 100,
        "c2": 100,
    }


@pytest.mark.parametrize("method_and_path", [("POST", PATH), ("POST", "/api/products/import")])
@pytest.mark.parametrize("content_type", ["text/csv", "application/json"])
def test_only_the_body_of_staff_is_read(
    anyone, customer, assert_problem, monkeypatch, method_and_path, content_type
):
    monkeypatch.setattr(FakePayload, "read", lambda *_: pytest.fail("the body was read"))
    assert_problem(
        anyone.send(*method_and_path, b"x" * 1000, content_type), 401, "not_authenticated"
    )
    assert_problem(
        customer.send(*method_and_path, b"x" * 1000, content_type), 403, "permission_denied"
    )


@pytest.mark.parametrize("line", [b"a\n", b"a,b,1\n", b"a,"])
def test_a_large_file_of_short_rows_is_rejected_while_it_is_read(db, staff, assert_problem, line):
    header = b"sku,name,price\n"
    raw = header + line * ((2 * 1024 * 1024 - len(header)) // len(line))
    problem = staff.send("POST", PATH, raw, "text/csv")
    assert problem.status_code == (400 if line == b"a," else 413)
    assert not Product.objects.exists()
