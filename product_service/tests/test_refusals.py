"""Every way to be refused looks the same, and leaves everything as it was."""

from uuid import uuid4

import pytest
from conftest import JSONClient, access_token, path_of

from products.models import Product

pytestmark = pytest.mark.django_db

LAMP = {"sku": "LAMP", "name": "Lamp", "price": "19.99"}


def test_only_staff_may_write(product, anyone, customer, refused):
    lamp = product("LAMP")
    calls = [
        ("POST", "/api/products/", LAMP),
        ("PUT", path_of(lamp), LAMP),
        ("PATCH", path_of(lamp), {}),
        ("DELETE", path_of(lamp), None),
    ]

    for call in calls:
        response = anyone.send(*call)
        problem = refused(response, 401, "not_authenticated")
        assert response["WWW-Authenticate"] == "Bearer"
        assert "POST /api/users/token/" in problem["detail"]
        refused(customer.send(*call), 403, "permission_denied")

    lamp.refresh_from_db()
    assert (lamp.version, Product.objects.count()) == (1, 1)


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "é"])
def test_a_bad_token_is_no_token(db, refused, token):
    response = JSONClient(token).post("/api/products/", LAMP)

    refused(response, 401, "invalid_token")
    assert response["WWW-Authenticate"] == "Bearer"
    assert not Product.objects.exists()


def test_a_token_that_has_expired_is_refused_for_writing_and_does_no_harm_for_reading(
    product, refused
):
    late = JSONClient(access_token("staff", lifetime=-1))
    lamp = product("LAMP", is_active=False)

    refused(late.patch(path_of(lamp), {"name": "Floor lamp"}), 401, "invalid_token")
    refused(late.get(path_of(lamp)), 404, "product_not_found")
    assert late.get("/api/products/").status_code == 200


def test_who_is_not_allowed_is_not_told_what_is_wrong(db, customer, refused):
    refused(customer.send("POST", "/api/products/", b"{"), 403, "permission_denied")


def test_other_methods_are_refused(product, staff, refused):
    lamp = product("LAMP")

    refused(staff.send("PUT", "/api/products/", LAMP), 405, "method_not_allowed")
    response = staff.send("POST", path_of(lamp), LAMP)
    refused(response, 405, "method_not_allowed")
    assert set(response["Allow"].split(", ")) == {
        "GET",
        "PUT",
        "PATCH",
        "DELETE",
        "HEAD",
        "OPTIONS",
    }


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_other_media_types_are_refused(product, staff, refused, content_type):
    lamp = product("LAMP")

    refused(staff.send("POST", "/api/products/", b"x", content_type), 415, "unsupported_media_type")
    refused(staff.send("PATCH", path_of(lamp), b"{}", content_type), 415, "unsupported_media_type")


def test_a_body_over_one_mebibyte_is_refused(db, staff, refused):
    body = (
        b'{"sku": "LAMP", "name": "Lamp", "price": 1, "description": "' + b"x" * 1024 * 1024 + b'"}'
    )

    refused(staff.send("POST", "/api/products/", body), 413, "payload_too_large")
    assert not Product.objects.exists()


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
def test_there_is_nothing_at_other_addresses(db, anyone, refused, path):
    refused(anyone.get(path), 404, "not_found")


def test_every_method_works_with_the_slash_and_without(staff):
    for collection in ("/api/products", "/api/products/"):
        location = staff.post(collection, LAMP | {"sku": collection})["Location"]
        for path in (location, location.rstrip("/")):
            assert staff.get(collection).status_code == 200
            assert staff.get(path).status_code == 200
            assert staff.put(path, LAMP | {"sku": collection}).status_code == 200
            assert staff.patch(path, {"price": "1"}).status_code == 200
            assert staff.delete(path).status_code == 204


@pytest.mark.parametrize("request_id", ["a", "A-Z_a.z-09", "x" * 128])
def test_a_request_id_is_answered(db, anyone, request_id):
    assert anyone.get("/api/products/", X_Request_ID=request_id)["X-Request-ID"] == request_id


@pytest.mark.parametrize("request_id", ["", " ", "a b", "x" * 129, "é", "a,b"])
def test_one_that_is_not_well_formed_is_made_anew(db, anyone, request_id):
    made = anyone.get("/api/products/", X_Request_ID=request_id)["X-Request-ID"]

    assert made != request_id
    assert len(made) == 32
