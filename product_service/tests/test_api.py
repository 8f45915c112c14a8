from uuid import uuid4

import pytest
from conftest import path_of

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
    facts = {
        "description": "",
        "category": "",
        "image_url": "",
        "is_active": True,
        "currency": "USD",
    }
    assert body == {"id": str(Product.objects.get().pk), **LAMP, **facts}
    assert anyone.get(response["Location"]).json() == response.json()


def test_everything_that_can_be_said_of_a_product_is_kept(staff, anyone):
    said = {
        **LAMP,
        "description": "  Two\n\tlines  ",
        "category": "Home & Garden",
        "image_url": "https://example.com/a%20lamp.png?size=2",
        "is_active": True,
    }

    created = staff.post("/api/products/", said)

    assert anyone.get(created["Location"]).json().items() >= said.items()


@pytest.mark.parametrize(
    ("price", "answered"),
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
def test_a_price_is_answered_with_two_places_however_it_came(staff, anyone, price, answered):
    created = staff.post("/api/products/", LAMP | {"price": price})

    assert created.json()["price"] == answered
    assert anyone.get(created["Location"]).json()["price"] == answered
    assert staff.patch(created["Location"], {"price": price}).json()["price"] == answered


def test_the_currency_is_the_shop_s(product, anyone, settings):
    settings.SHOP_CURRENCY = "EUR"
    lamp = product("LAMP")

    assert anyone.get(path_of(lamp)).json()["currency"] == "EUR"
    assert anyone.get("/api/products/").json()["results"][0]["currency"] == "EUR"
    assert anyone.get(f"/api/products/?ids={lamp.pk}").json()["results"][0]["currency"] == "EUR"


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_name_is_only_text(staff, anyone, name):
    created = staff.post(
        "/api/products/",
        LAMP | {"name": name, "description": name, "category": "", "sku": "HOSTILE"},
    )

    read = anyone.get(created["Location"]).json()
    assert (created.status_code, read["name"], read["description"]) == (201, name, name)
    assert anyone.get("/api/products/").json()["results"] == [read]
    assert read["id"] == str(Product.objects.get().pk)


def test_texts_may_be_as_long_as_is_said_and_not_longer(staff, refused):
    longest = {
        "sku": "s" * 64,
        "name": "💡" * 200,
        "description": "ن" * 10_000,
        "category": "c" * 100,
    }
    longest |= {"image_url": "https://example.com/".ljust(2000, "x"), "price": "1.00"}

    assert staff.post("/api/products/", longest).json().items() >= longest.items()
    for field in ("sku", "name", "description", "category", "image_url"):
        problem = refused(
            staff.post("/api/products/", longest | {"sku": "OTHER", field: longest[field] + "x"}),
            400,
            "invalid",
        )
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [
            (field, "max_length")
        ]
    assert Product.objects.count() == 1


def test_put_replaces_and_what_is_left_out_gets_its_default(product, staff):
    lamp = product(
        "LAMP",
        description="Bright.",
        category="lighting",
        image_url="https://example.com/1",
        is_active=False,
    )

    response = staff.put(path_of(lamp), {"sku": "LAMP-2", "name": "Floor lamp", "price": "5"})

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


def test_put_needs_what_a_new_product_needs(product, staff, refused):
    lamp = product("LAMP")

    problem = refused(staff.put(path_of(lamp), {"description": "Bright."}), 400, "invalid")

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
def test_patch_changes_what_is_given_and_nothing_else(product, staff, change):
    lamp = product("LAMP", category="lamps")
    before = staff.get(path_of(lamp)).json()

    response = staff.patch(path_of(lamp), change)

    assert (response.status_code, response["ETag"]) == (200, '"2"')
    assert response.json() == before | change | {"updated_at": response.json()["updated_at"]}
    assert staff.get(path_of(lamp)).json() == response.json()


def test_an_empty_patch_changes_nothing(product, staff):
    lamp = product("LAMP")
    before = staff.get(path_of(lamp))

    response = staff.patch(path_of(lamp), {})

    assert (response.json(), response["ETag"]) == (before.json(), before["ETag"])


def test_a_taken_sku_is_a_conflict_on_every_way_in(product, staff, refused):
    product("CHAIR", is_active=False)
    lamp = product("LAMP")

    refused(staff.post("/api/products/", LAMP | {"sku": "CHAIR"}), 409, "sku_taken")
    refused(staff.put(path_of(lamp), LAMP | {"sku": "CHAIR"}), 409, "sku_taken")
    refused(staff.patch(path_of(lamp), {"sku": "CHAIR"}), 409, "sku_taken")

    assert set(Product.objects.values_list("sku", "version")) == {("CHAIR", 1), ("LAMP", 1)}


def test_what_was_never_there_is_not_found(staff, anyone, refused):
    nowhere = f"/api/products/{uuid4()}/"

    refused(anyone.get(nowhere), 404, "product_not_found")
    refused(staff.put(nowhere, LAMP), 404, "product_not_found")
    refused(staff.patch(nowhere, {}), 404, "product_not_found")
    refused(staff.delete(nowhere), 404, "product_not_found")
    assert not Product.objects.exists()


def test_what_get_answers_can_be_put_and_patched_back(product, staff):
    lamp = product("LAMP", category="Home")
    whole = staff.get(path_of(lamp)).json()

    for send in (staff.put, staff.patch):
        answer = send(path_of(lamp), whole)
        assert (answer.status_code, answer.json()) == (200, whole)
    changed = staff.patch(path_of(lamp), whole | {"name": "Floor lamp"}, if_match='"1"')
    assert (changed.status_code, changed.json()["name"], changed.json()["id"]) == (
        200,
        "Floor lamp",
        whole["id"],
    )


@pytest.mark.parametrize("field", ["id", "currency", "created_at", "updated_at"])
def test_a_changed_read_only_field_is_refused(product, staff, refused, field):
    lamp = product("LAMP")
    whole = staff.get(path_of(lamp)).json() | {"name": "Other", field: None}

    for send in (staff.put, staff.patch):
        problem = refused(send(path_of(lamp), whole), 400, "invalid")
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [
            (field, "read_only")
        ]
    refused(staff.post("/api/products/", whole), 400, "invalid")
    lamp.refresh_from_db()
    assert (lamp.name, lamp.version) == ("A lamp", 1)


def test_a_whole_product_of_an_older_version_is_a_failed_precondition(product, staff, refused):
    lamp = product("LAMP")
    whole = staff.get(path_of(lamp)).json()
    staff.patch(path_of(lamp), {"price": "5.00"})

    refused(staff.put(path_of(lamp), whole, if_match='"1"'), 412, "precondition_failed")
    refused(
        staff.put("/api/products/0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11/", whole),
        404,
        "product_not_found",
    )
