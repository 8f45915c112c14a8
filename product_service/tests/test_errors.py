"""Every error is a problem document, and nothing changes."""

from uuid import uuid4

import pytest
from conftest import JsonClient, access_token, product_path

from products.models import Product

pytestmark = pytest.mark.django_db

LAMP = {"sku": "LAMP", "name": "Lamp", "price": "19.99"}


def test_only_staff_may_write(product, anyone, customer, assert_problem):
    lamp = product("LAMP")
    calls = [
        ("POST", "/api/products/", LAMP),
        ("PUT", product_path(lamp), LAMP),
        ("PATCH", product_path(lamp), {}),
        ("DELETE", product_path(lamp), None),
    ]

    for call in calls:
        response = anyone.send(*call)
        problem = assert_problem(response, 401, "not_authenticated")
        assert response["WWW-Authenticate"] == "Bearer"
        assert "POST /api/users/token/" in problem["detail"]
        assert_problem(customer.send(*call), 403, "permission_denied")

    lamp.refresh_from_db()
    assert (lamp.version, Product.objects.count()) == (1, 1)


def test_an_expired_token_is_rejected_for_writes_and_ignored_for_reads(product, assert_problem):
    late = JsonClient(access_token("staff", lifetime=-1))
    lamp = product("LAMP", is_active=False)

    assert_problem(late.patch(product_path(lamp), {"name": "Floor lamp"}), 401, "invalid_token")
    assert_problem(late.get(product_path(lamp)), 404, "product_not_found")
    assert late.get("/api/products/").status_code == 200


def test_permission_is_checked_before_the_body(db, customer, assert_problem):
    assert_problem(customer.send("POST", "/api/products/", b"{"), 403, "permission_denied")


def test_other_methods_are_rejected(product, staff, assert_problem):
    lamp = product("LAMP")

    assert_problem(staff.send("PUT", "/api/products/", LAMP), 405, "method_not_allowed")
    response = staff.send("POST", product_path(lamp), LAMP)
    assert_problem(response, 405, "method_not_allowed")
    assert set(response["Allow"].split(", ")) == {
        "GET",
        "PUT",
        "PATCH",
        "DELETE",
        "HEAD",
        "OPTIONS",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/",
        "/api/product/",
        "/api/productsx/",
        "/api/products/1/",
        "/api/products/LAMP/",
        f"/api/products/{uuid4()}/x/",
    ],
)
def test_other_paths_are_not_found(db, anyone, assert_problem, path):
    assert_problem(anyone.get(path), 404, "not_found")


def test_the_trailing_slash_is_optional(staff):
    for collection in ("/api/products", "/api/products/"):
        location = staff.post(collection, LAMP | {"sku": collection})["Location"]
        for path in (location, location.rstrip("/")):
            assert staff.get(collection).status_code == 200
            assert staff.get(path).status_code == 200
            assert staff.put(path, LAMP | {"sku": collection}).status_code == 200
            assert staff.patch(path, {"price": "1"}).status_code == 200
            assert staff.delete(path).status_code == 204
