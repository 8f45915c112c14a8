import pytest
from conftest import path_of

pytestmark = pytest.mark.django_db


def skus(response):
    assert response.status_code == 200
    return [row["sku"] for row in response.json()["results"]]


def test_an_archived_product_is_gone_for_all_but_staff(product, staff, customer, anyone, refused):
    lamp = product("LAMP")

    response = staff.delete(path_of(lamp))

    assert (response.status_code, response.content) == (204, b"")
    for who in (anyone, customer):
        refused(who.get(path_of(lamp)), 404, "product_not_found")
        assert skus(who.get("/api/products/")) == []
        assert skus(who.get(f"/api/products/?ids={lamp.pk}")) == []
    assert staff.get(path_of(lamp)).json()["is_active"] is False
    assert skus(staff.get("/api/products/")) == []
    assert skus(staff.get(f"/api/products/?ids={lamp.pk}")) == []
    assert staff.delete(path_of(lamp)).status_code == 204


def test_staff_can_list_archived_products_and_bring_them_back(
    product, staff, customer, anyone, refused
):
    lamp = product("LAMP", is_active=False)
    product("CHAIR")

    assert skus(staff.get("/api/products/?include_archived=true")) == ["CHAIR", "LAMP"]
    assert skus(staff.get("/api/products/?include_archived=false")) == ["CHAIR"]
    assert skus(staff.get(f"/api/products/?include_archived=true&ids={lamp.pk}")) == ["LAMP"]
    refused(customer.get("/api/products/?include_archived=true"), 403, "permission_denied")
    assert refused(anyone.get("/api/products/?include_archived=true"), 401, "not_authenticated")
    assert staff.patch(path_of(lamp), {"is_active": True}).json()["is_active"] is True
    assert skus(anyone.get("/api/products/")) == ["CHAIR", "LAMP"]
