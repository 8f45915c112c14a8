from uuid import uuid4

import pytest
from conftest import product_path, skus

from products.models import Product

pytestmark = pytest.mark.django_db

LAMP = {"sku": "LAMP", "name": "Lamp", "price": "19.99"}
HOSTILE = {
    "markup": '<script>alert("1")</script>',
    "quotes": "Robert'); DROP TABLE product;--",
    "right to left": "مصباح",
    "emoji": "👩‍👩‍👧‍👦 💡",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L",
    "outside of the basic plane": "𝕃𝕒𝕞𝕡",
    "placeholders": "%s {0} ${x} \\x00 \\u0000",
}


def test_staff_create_a_product(staff, anyone):
    response = staff.post("/api/products/", LAMP)

    body = {**response.json()}
    assert response.status_code == 201
    assert response["Location"] == f"/api/products/{body['id']}/"
    assert response["ETag"] == '"1"'
    assert body.pop("created_at") == body.pop("updated_at")
    defaults = {
        "description": "",
        "category": "",
        "image_url": "",
        "is_active": True,
        "currency": "USD",
    }
    assert body == {"id": str(Product.objects.get().pk), **LAMP, **defaults}
    assert anyone.get(response["Location"]).json() == response.json()


def test_every_field_is_stored(staff, anyone):
    fields = {
        **LAMP,
        "description": "  Two\n\tlines  ",
        "category": "Home & Garden",
        "image_url": "https://example.com/a%20lamp.png?size=2",
        "is_active": True,
    }

    created = staff.post("/api/products/", fields)

    assert anyone.get(created["Location"]).json().items() >= fields.items()


@pytest.mark.parametrize(
    ("price", "rendered"),
    [
        ("19.99", "19.99"),
        ("19.9", "19.90"),
        ("20", "20.00"),
        ("0", "0.00"),
        ("007.50", "7.50"),
        ("9999999999.99", "9999999999.99"),
        (19.99, "19.99"),
        (0.1, "0.10"),
        (20, "20.00"),
        (9999999999.99, "9999999999.99"),
    ],
)
def test_a_price_is_rendered_with_two_decimal_places(staff, anyone, price, rendered):
    created = staff.post("/api/products/", LAMP | {"price": price})

    assert created.json()["price"] == rendered
    assert anyone.get(created["Location"]).json()["price"] == rendered
    assert staff.patch(created["Location"], {"price": price}).json()["price"] == rendered


def test_the_currency_is_the_configured_one(product, anyone, settings):
    settings.SHOP_CURRENCY = "EUR"
    lamp = product("LAMP")

    assert anyone.get(product_path(lamp)).json()["currency"] == "EUR"
    assert anyone.get("/api/products/").json()["results"][0]["currency"] == "EUR"
    assert anyone.get(f"/api/products/?ids={lamp.pk}").json()["results"][0]["currency"] == "EUR"


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_name_may_be_any_printable_text(staff, anyone, name):
    created = staff.post(
        "/api/products/",
        LAMP | {"name": name, "description": name, "category": "", "sku": "HOSTILE"},
    )

    read = anyone.get(created["Location"]).json()
    assert (created.status_code, read["name"], read["description"]) == (201, name, name)
    assert anyone.get("/api/products/").json()["results"] == [read]
    assert read["id"] == str(Product.objects.get().pk)


def test_texts_over_the_maximum_length_are_rejected(staff, assert_problem):
    longest = {
        "sku": "s" * 64,
        "name": "💡" * 200,
        "description": "ن" * 10_000,
        "category": "c" * 100,
    }
    longest |= {"image_url": "https://example.com/".ljust(2000, "x"), "price": "1.00"}

    assert staff.post("/api/products/", longest).json().items() >= longest.items()
    for field in ("sku", "name", "description", "category", "image_url"):
        problem = assert_problem(
            staff.post("/api/products/", longest | {"sku": "OTHER", field: longest[field] + "x"}),
            400,
            "invalid",
        )
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [
            (field, "max_length")
        ]
    assert Product.objects.count() == 1


def test_put_replaces_and_omitted_fields_get_their_default(product, staff):
    lamp = product(
        "LAMP",
        description="Bright.",
        category="lighting",
        image_url="https://example.com/1",
        is_active=False,
    )

    response = staff.put(product_path(lamp), {"sku": "LAMP-2", "name": "Floor lamp", "price": "5"})

    body = response.json()
    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert body.pop("updated_at") > body["created_at"]
    assert body == {
        "id": str(lamp.pk),
        "sku": "LAMP-2",
        "name": "Floor lamp",
        "description": "",
        "price": "5.00",
        "currency": "USD",
        "category": "",
        "image_url": "",
        "is_active": True,
        "created_at": body["created_at"],
    }


def test_put_requires_the_fields_of_a_new_product(product, staff, assert_problem):
    lamp = product("LAMP")

    problem = assert_problem(
        staff.put(product_path(lamp), {"description": "Bright."}), 400, "invalid"
    )

    assert {(error["field"], error["code"]) for error in problem["errors"]} == {
        (field, "required") for field in ("sku", "name", "price")
    }
    assert Product.objects.get().version == 1


@pytest.mark.parametrize(
    "change",
    [
        {"sku": "LAMP-2"},
        {"name": "Floor lamp"},
        {"description": "Bright."},
        {"price": "5.00"},
        {"category": "lighting"},
        {"image_url": "http://example.com/lamp.png"},
        {"is_active": False},
        {"name": "Floor lamp", "price": "0.00"},
    ],
)
def test_patch_changes_only_the_given_fields(product, staff, change):
    lamp = product("LAMP", category="lamps")
    before = staff.get(product_path(lamp)).json()

    response = staff.patch(product_path(lamp), change)

    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert response.json() == before | change | {"updated_at": response.json()["updated_at"]}
    assert staff.get(product_path(lamp)).json() == response.json()


def test_an_empty_patch_changes_nothing(product, staff):
    lamp = product("LAMP")
    before = staff.get(product_path(lamp))

    response = staff.patch(product_path(lamp), {})

    assert (response.json(), response["ETag"]) == (before.json(), before["ETag"])


def test_a_duplicate_sku_is_a_conflict(product, staff, assert_problem):
    product("CHAIR", is_active=False)
    lamp = product("LAMP")

    assert_problem(staff.post("/api/products/", LAMP | {"sku": "CHAIR"}), 409, "sku_taken")
    assert_problem(staff.put(product_path(lamp), LAMP | {"sku": "CHAIR"}), 409, "sku_taken")
    assert_problem(staff.patch(product_path(lamp), {"sku": "CHAIR"}), 409, "sku_taken")

    assert set(Product.objects.values_list("sku", "version")) == {("CHAIR", 1), ("LAMP", 1)}


def test_an_unknown_product_is_not_found(staff, anyone, assert_problem):
    nowhere = f"/api/products/{uuid4()}/"

    assert_problem(anyone.get(nowhere), 404, "product_not_found")
    assert_problem(staff.put(nowhere, LAMP), 404, "product_not_found")
    assert_problem(staff.patch(nowhere, {}), 404, "product_not_found")
    assert_problem(staff.delete(nowhere), 404, "product_not_found")
    assert not Product.objects.exists()


def test_the_response_of_get_is_accepted_by_put_and_patch(product, staff):
    lamp = product("LAMP", category="Home")
    whole = staff.get(product_path(lamp)).json()

    for send in (staff.put, staff.patch):
        response = send(product_path(lamp), whole)
        assert (response.status_code, response.json()) == (200, whole)
    changed = staff.patch(product_path(lamp), whole | {"name": "Floor lamp"}, if_match='"1"')
    assert (changed.status_code, changed.json()["name"], changed.json()["id"]) == (
        200,
        "Floor lamp",
        whole["id"],
    )


@pytest.mark.parametrize("field", ["id", "currency", "created_at", "updated_at"])
def test_a_changed_read_only_field_is_rejected(product, staff, assert_problem, field):
    lamp = product("LAMP")
    whole = staff.get(product_path(lamp)).json() | {"name": "Other", field: None}

    for send in (staff.put, staff.patch):
        problem = assert_problem(send(product_path(lamp), whole), 400, "invalid")
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [
            (field, "read_only")
        ]
    assert_problem(staff.post("/api/products/", whole), 400, "invalid")
    lamp.refresh_from_db()
    assert (lamp.name, lamp.version) == ("A lamp", 1)


def test_a_whole_product_of_an_older_version_fails_its_precondition(product, staff, assert_problem):
    lamp = product("LAMP")
    whole = staff.get(product_path(lamp)).json()
    staff.patch(product_path(lamp), {"price": "5.00"})

    assert_problem(staff.put(product_path(lamp), whole, if_match='"1"'), 412, "precondition_failed")
    assert_problem(
        staff.put("/api/products/0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11/", whole),
        404,
        "product_not_found",
    )


def test_only_staff_read_an_archived_product(product, staff, customer, anyone, assert_problem):
    lamp = product("LAMP")

    response = staff.delete(product_path(lamp))

    assert (response.status_code, response.content) == (204, b"")
    for client in (anyone, customer):
        assert_problem(client.get(product_path(lamp)), 404, "product_not_found")
        assert skus(client.get("/api/products/")) == []
        assert skus(client.get(f"/api/products/?ids={lamp.pk}")) == []
    assert staff.get(product_path(lamp)).json()["is_active"] is False
    assert skus(staff.get("/api/products/")) == []
    assert skus(staff.get(f"/api/products/?ids={lamp.pk}")) == []
    assert staff.delete(product_path(lamp)).status_code == 204


def test_staff_list_and_restore_archived_products(product, staff, customer, anyone, assert_problem):
    lamp = product("LAMP", is_active=False)
    product("CHAIR")

    assert skus(staff.get("/api/products/?include_archived=true")) == ["CHAIR", "LAMP"]
    assert skus(staff.get("/api/products/?include_archived=false")) == ["CHAIR"]
    assert skus(staff.get(f"/api/products/?include_archived=true&ids={lamp.pk}")) == ["LAMP"]
    assert_problem(customer.get("/api/products/?include_archived=true"), 403, "permission_denied")
    assert assert_problem(
        anyone.get("/api/products/?include_archived=true"), 401, "not_authenticated"
    )
    assert staff.patch(product_path(lamp), {"is_active": True}).json()["is_active"] is True
    assert skus(anyone.get("/api/products/")) == ["CHAIR", "LAMP"]
