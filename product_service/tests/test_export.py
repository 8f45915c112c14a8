import csv
import io

from test_import import PATH, outcome

from chassis.text import is_visible
from products.models import EDITABLE_FIELDS, Product


def exported(response):
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return b"".join(response.streaming_content).decode()


UNUSUAL_TEXTS = [
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


def test_importing_an_export_changes_nothing(product, staff, import_products):
    for number, text in enumerate(UNUSUAL_TEXTS):
        sku = text if text.strip() == text and text.isprintable() and text else f"SKU-{number}"
        product(
            sku,
            name=text.strip() if is_visible(text.strip()) and text.strip() else "-",
            description=text,
            is_active=number % 2 == 0,
        )
    before = list(Product.objects.order_by("sku").values())

    table = exported(staff.get("/api/products/export/?include_archived=true"))
    result = staff.send("POST", PATH, table.encode(), "text/csv").json()

    assert outcome(result) == (0, 0, len(UNUSUAL_TEXTS), 0)
    assert list(Product.objects.order_by("sku").values()) == before
    Product.objects.all().delete()
    assert outcome(staff.send("POST", PATH, table.encode(), "text/csv").json()) == (
        len(UNUSUAL_TEXTS),
        0,
        0,
        0,
    )
    columns = ["sku", "name", "description", "price", "category", "image_url", "is_active"]
    assert list(Product.objects.order_by("sku").values(*columns)) == [
        {name: value for name, value in row.items() if name in columns} for row in before
    ]


def test_no_cell_of_an_export_is_a_formula(product, staff):
    for number, text in enumerate(["=cmd", "+1", "-1", "@x"]):
        product(f"{text}{number}", name=text, description=text, category=text)

    [header, *rows] = csv.reader(io.StringIO(exported(staff.get("/api/products/export/"))))

    assert header == list(EDITABLE_FIELDS)
    assert len(rows) == 4
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_an_export_has_all_active_products_and_archived_ones_on_request(
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
