import csv
import io
from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection
from django.test.client import FakePayload
from test_races import at_once

from chassis.text import is_visible
from products import importing, services
from products.api.bulk import COLUMNS
from products.models import Category, Product

PATH = "/api/products/import/"


@pytest.fixture
def bring_in(db, staff):
    """`bring_in("sku,name,price", "A,Lamp,1")` as CSV, or a list as JSON; the answer's content."""

    def send(*lines, end="\r\n"):
        if isinstance(lines[0], list):
            response = staff.post(PATH, lines[0])
        else:
            response = staff.send("POST", PATH, end.join(lines).encode(), "text/csv")
        assert response.status_code == 200, response.content
        return response.json()

    return send


def outcome(answer):
    return answer["created"], answer["updated"], answer["unchanged"], answer["error_count"]


def wrong(answer):
    assert answer["created"] == answer["updated"] == answer["unchanged"] == 0
    return [(error["row"], error["field"], error["code"]) for error in answer["errors"]]


def stored():
    return list(
        Product.objects.order_by("sku").values_list(
            "sku", "name", "price", "category", "is_active", "version"
        )
    )


def test_new_products_are_created_and_the_others_changed(product, bring_in):
    product("OLD", name="Old", price="1.00", category="Home", description="Bright.")
    product("SAME", name="Same", price="3.00")

    answer = bring_in(
        "price,name,sku,category",
        '19.99,"Desk lamp, red",NEW,Home/Lighting',
        "2,Older,OLD,Toys",
        "3.00,Same,SAME,",
        end="\n",
    )

    assert outcome(answer) == (1, 1, 1, 0)
    assert answer["errors"] == []
    assert stored() == [
        ("NEW", "Desk lamp, red", Decimal("19.99"), "Home/Lighting", True, 1),
        ("OLD", "Older", Decimal("2.00"), "Toys", True, 2),
        ("SAME", "Same", Decimal("3.00"), "", True, 1),
    ]
    assert Product.objects.get(sku="OLD").description == "Bright."


def test_json_is_taken_too_with_other_fields_in_each_row(product, bring_in):
    product("OLD", name="Old", category="Home", is_active=False)
    rows = [
        {"sku": "NEW", "name": "New", "price": 5, "is_active": False},
        {"sku": "OLD", "price": "7.50"},
        {"sku": "OLD-2"},
    ]

    assert wrong(bring_in(rows)) == [(3, "name", "required"), (3, "price", "required")]
    assert outcome(bring_in(rows[:2])) == (1, 1, 0, 0)
    assert stored() == [
        ("NEW", "New", Decimal(5), "", False, 1),
        ("OLD", "Old", Decimal("7.50"), "Home", False, 2),
    ]


def test_the_same_again_changes_nothing(bring_in):
    table = ("sku,name,price,is_active", "A,Lamp,1.00,true", "B,Chair,2.00,FALSE", "C,Stool,3,")

    assert outcome(bring_in(*table)) == (3, 0, 0, 0)
    before = list(Product.objects.order_by("id").values())
    assert outcome(bring_in(*table)) == (0, 0, 3, 0)
    assert list(Product.objects.order_by("id").values()) == before


def test_nothing_is_written_when_one_row_is_bad_and_each_error_says_where(product, bring_in):
    product("OLD", name="Old", price="1.00")
    before = stored()

    answer = bring_in(
        "sku,name,price,image_url,is_active",
        "OLD,Older,2.00,,",
        '"NEW","On two',
        'lines",x,,',
        "",
        "OLD,Again,1,,",
        " B,,1,ftp://example.com/a,perhaps",
        "C,Lamp,1",
    )

    assert wrong(answer) == [
        (2, "name", "invisible"),
        (2, "price", "invalid"),
        (3, "sku", "repeated"),
        (4, "is_active", "type"),
        (5, "row", "invalid"),
    ]
    assert [error["line"] for error in answer["errors"]] == [3, 3, 6, 7, 8]
    assert (answer["error_count"], stored()) == (5, before)


def test_all_that_is_wrong_with_a_row_is_said(bring_in):
    assert wrong(
        bring_in([{"sku": " A", "name": "", "price": "-1", "category": "a\nb"}, "B", None, [], {}])
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
    assert wrong(bring_in([{"sku": "A", "name": None, "price": 1, "colour": "red", "id": 1}])) == [
        (1, "colour", "unknown"),
        (1, "id", "unknown"),
    ]


def test_a_new_product_needs_a_name_and_a_price(product, bring_in):
    product("OLD")

    assert wrong(bring_in("sku,name", "OLD,Older", "NEW,New")) == [(2, "price", "required")]
    assert wrong(bring_in("sku,name,price", "NEW,,")) == [
        (1, "name", "blank"),
        (1, "price", "invalid"),
    ]
    assert Product.objects.get().name == "A old"


def test_a_hundred_errors_are_shown_and_all_are_counted(bring_in):
    answer = bring_in([{"sku": f"S{number}", "name": "", "price": "x"} for number in range(75)])

    assert (len(answer["errors"]), answer["error_count"]) == (100, 150)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_spreadsheets_write_tables_in_more_than_one_way(staff, encoding, delimiter, end, db):
    text = end.join(
        [
            delimiter.join(["sku", " name ", "price"]),
            delimiter.join(["Ä-1", '"Lamp; red, ""big"""', "1.50"]),
        ]
    )

    answer = staff.send("POST", PATH, text.encode(encoding), "text/csv; charset=utf-8").json()

    assert outcome(answer) == (1, 0, 0, 0)
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
def test_what_is_no_table_of_products_is_refused(db, staff, refused, raw):
    problem = refused(staff.send("POST", PATH, raw, "text/csv"), 400, "parse_error")

    assert problem["detail"]
    assert not Product.objects.exists()


def test_no_body_at_all_is_refused(db, staff, refused):
    refused(staff.send("POST", PATH, b"", "text/csv"), 400, "invalid")


@pytest.mark.parametrize("body", [{}, {"sku": "A"}, "text", 5, None])
def test_json_that_is_no_array_is_refused(db, staff, refused, body):
    refused(staff.send("POST", PATH, b"null" if body is None else body), 400, "invalid")


def test_nothing_to_import_is_no_error(bring_in):
    assert outcome(bring_in([])) == outcome(bring_in("sku,name,price")) == (0, 0, 0, 0)


def test_more_than_ten_thousand_rows_or_eight_mebibytes_are_too_much(db, staff, refused):
    refused(staff.post(PATH, [{}] * 10_001), 413, "payload_too_large")
    refused(
        staff.send("POST", PATH, b"x" * (8 * 1024 * 1024 + 1), "text/csv"), 413, "payload_too_large"
    )
    assert not Product.objects.exists()


def test_only_staff_may_import_and_export(db, anyone, customer, refused):
    for method, path in (("POST", PATH), ("GET", "/api/products/export/")):
        refused(
            anyone.send(method, path, [] if method == "POST" else None), 401, "not_authenticated"
        )
        refused(
            customer.send(method, path, [] if method == "POST" else None), 403, "permission_denied"
        )


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_other_media_types_are_refused(db, staff, refused, content_type):
    refused(staff.send("POST", PATH, b"sku", content_type), 415, "unsupported_media_type")


def test_ten_thousand_products_are_a_handful_of_statements(
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
        answer = staff.post(PATH, rows)

    assert outcome(answer.json()) == (10_000, 0, 0, 0)
    assert {row.slug: row.product_count for row in Category.objects.in_use()} == {
        f"c{number}": 2000 for number in range(5)
    }
    assert anyone.get("/api/products/?search=lmap&page_size=5").json()["next"]


def test_the_time_limits_are_the_request_s_own_again_afterwards(transactional_db, bring_in):
    bring_in("sku,name,price", "A,Lamp,1")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("2s",)


@pytest.mark.django_db(transaction=True)
def test_imports_of_the_same_products_at_once_do_not_wait_in_a_circle(product):
    rows = [
        {"sku": f"S{number}", "name": "Lamp", "price": Decimal(1), "category": f"C{number % 3}"}
        for number in range(300)
    ]

    outcomes = at_once(
        lambda: importing.bring_in(rows),
        lambda: importing.bring_in(list(reversed(rows))),
        *[
            lambda number=number: services.create(
                sku=f"S{number}", name="Chair", price=Decimal(1), category="C1"
            )
            for number in range(4)
        ],
    )

    assert Counter(outcomes)["done"] >= 2
    assert set(outcomes) <= {"done", "SkuTaken"}
    assert Product.objects.count() == 300
    assert {row.slug: row.product_count for row in Category.objects.in_use()} == {
        "c0": 100,
        "c1": 100,
        "c2": 100,
    }


def test_a_product_that_somebody_creates_meanwhile_is_changed_then(monkeypatch, db):
    tries = []

    def late(rows, once=importing._bring_in):
        tries.append(len(tries))
        if len(tries) == 1:
            raise importing.SkuTaken
        return once(rows)

    monkeypatch.setattr(importing, "_bring_in", late)
    assert importing.bring_in([{"sku": "A", "name": "Lamp", "price": Decimal(1)}]).created == 1
    assert tries == [0, 1]


def exported(response):
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return b"".join(response.streaming_content).decode()


ODD = [
    "＝1",
    "\n=1",
    "a;=cmd()",
    "a;'=1",
    "- one\n- two\n\n= three",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "'",
    "''",
    "'=1",
    "'tis",
    "\ttab",
    'say "hi"',
    "a,b;c",
    "two\nlines",
    "💡",
    "ÄÖ",
    "",
    "\rx",
]


def test_what_is_exported_can_be_imported_and_changes_nothing(product, staff, bring_in):
    for number, text in enumerate(ODD):
        sku = text if text.strip() == text and text.isprintable() and text else f"SKU-{number}"
        product(
            sku,
            name=text.strip() if is_visible(text.strip()) and text.strip() else "-",
            description=text,
            is_active=number % 2 == 0,
        )
    before = list(Product.objects.order_by("sku").values())

    table = exported(staff.get("/api/products/export/?include_archived=true"))
    answer = staff.send("POST", PATH, table.encode(), "text/csv").json()

    assert outcome(answer) == (0, 0, len(ODD), 0)
    assert list(Product.objects.order_by("sku").values()) == before
    Product.objects.all().delete()
    assert outcome(staff.send("POST", PATH, table.encode(), "text/csv").json()) == (
        len(ODD),
        0,
        0,
        0,
    )
    facts = ["sku", "name", "description", "price", "category", "image_url", "is_active"]
    assert list(Product.objects.order_by("sku").values(*facts)) == [
        {fact: row[fact] for fact in facts} for row in before
    ]


def test_no_cell_of_an_export_is_a_formula(product, staff):
    for number, text in enumerate(["=cmd", "+1", "-1", "@x"]):
        product(f"{text}{number}", name=text, description=text, category=text)

    [header, *rows] = csv.reader(io.StringIO(exported(staff.get("/api/products/export/"))))

    assert header == COLUMNS
    assert len(rows) == 4
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("method_and_path", [("POST", PATH), ("POST", "/api/products/import")])
@pytest.mark.parametrize("content_type", ["text/csv", "application/json"])
def test_the_body_of_an_import_is_read_for_staff_only(
    anyone, customer, refused, monkeypatch, method_and_path, content_type
):
    monkeypatch.setattr(FakePayload, "read", lambda *_: pytest.fail("the body was read"))
    refused(anyone.send(*method_and_path, b"x" * 1000, content_type), 401, "not_authenticated")
    refused(customer.send(*method_and_path, b"x" * 1000, content_type), 403, "permission_denied")


@pytest.mark.parametrize("line", [b"a\n", b"a,b,1\n", b"a,"])
def test_a_large_file_of_short_rows_is_refused_while_it_is_read(db, staff, refused, line):
    header = b"sku,name,price\n"
    raw = header + line * ((2 * 1024 * 1024 - len(header)) // len(line))
    problem = staff.send("POST", PATH, raw, "text/csv")
    assert problem.status_code == (400 if line == b"a," else 413)
    assert not Product.objects.exists()


def test_an_export_has_every_active_product_and_archived_ones_on_demand(
    product, staff, monkeypatch
):
    for number in range(2050):
        Product.objects.create(sku=f"{number:05}", name="Lamp", price=1, is_active=number % 2 == 0)

    active = list(csv.DictReader(io.StringIO(exported(staff.get("/api/products/export/")))))
    everything = list(
        csv.DictReader(
            io.StringIO(exported(staff.get("/api/products/export/?include_archived=true")))
        )
    )

    assert [row["sku"] for row in active] == [f"{number:05}" for number in range(0, 2050, 2)]
    assert [row["sku"] for row in everything] == [f"{number:05}" for number in range(2050)]
    assert {row["is_active"] for row in everything} == {"true", "false"}
