"""The catalogue in the Django admin."""

import pytest

from chassis.tests import admin_client
from chassis.tests.admin_client import AdminClient, fields, text_of
from products import services
from products.models import Category, Product

PRODUCTS = "/admin/products/product/"
LAMP = {
    "sku": "LAMP",
    "name": "A lamp",
    "price": "19.99",
    "category": "lighting",
    "description": "Bends.",
    "is_active": "on",
}


@pytest.fixture
def browser(db, monkeypatch, settings):
    with admin_client.user_service(monkeypatch, settings):
        client = AdminClient()
        assert client.login().status_code == 302
        yield client


def page(product, action=""):
    return f"{PRODUCTS}{product.pk}/{f'actions/{action}' if action else 'change'}/"


def test_every_page_works(browser, product):
    lamp = product(category="Lighting/Lamps")
    rows = {Product: lamp, Category: Category.objects.get(name="Lamps")}
    admin_client.assert_every_page_works(browser, rows)
    assert "Categories" in text_of(browser.get("/admin/"))


def test_lists_use_indexes(browser, product):
    product()
    admin_client.assert_lists_use_indexes(browser)


def test_a_product_is_found_by_its_sku_and_by_its_id(browser, product):
    lamp = product("LAMP")
    product("LAMP-2")
    for term in ("LAMP", lamp.pk):
        assert "1 product" in text_of(browser.get(f"{PRODUCTS}?q={term}"))


def test_archived_products_are_listed_unless_filtered_out(browser, product):
    product("LAMP", is_active=False)
    product("CHAIR")
    assert "2 products" in text_of(browser.get(PRODUCTS))
    assert "1 product" in text_of(browser.get(f"{PRODUCTS}?status=active"))


def test_a_product_is_created(browser):
    assert "was added successfully" in text_of(browser.submit(f"{PRODUCTS}add/", **LAMP))
    product = Product.objects.get()
    assert (product.sku, product.name, str(product.price), product.category) == (
        "LAMP",
        "A lamp",
        "19.99",
        "lighting",
    )
    assert (product.description, product.image_url, product.is_active) == ("Bends.", "", True)


def test_a_duplicate_sku_is_a_form_error_and_the_input_stays(browser, product):
    product("LAMP")
    response = browser.submit(f"{PRODUCTS}add/", **LAMP)
    assert "Product with this Sku already exists." in text_of(response)
    assert 'value="A lamp"' in response.content.decode()
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"price": "-1"},
        {"price": "1e3"},
        {"price": "19,99"},
        {"image_url": "javascript:alert(1)"},
        {"sku": "LA\tMP"},
    ],
)
def test_the_form_validates_as_the_api_does(browser, wrong):
    assert "Please correct the error" in text_of(browser.submit(f"{PRODUCTS}add/", **LAMP | wrong))
    assert not Product.objects.exists()


def test_the_form_shows_the_product_and_changes_it(browser, product):
    lamp = product(description="Bends.", category="lighting")
    form = browser.get(page(lamp))
    assert fields(form) == {*LAMP, "image_url", "version"}
    for shown in ('value="LAMP"', 'value="19.99"', 'value="lighting"', "Bends.", "checked"):
        assert shown in form.content.decode()
    browser.submit(page(lamp), **LAMP | {"price": "17.50", "version": "1"})
    lamp.refresh_from_db()
    assert (str(lamp.price), lamp.version, lamp.is_active) == ("17.50", 2, True)


@pytest.mark.parametrize("version", ["1", "", "x"])
def test_optimistic_locking_rejects_a_form_of_an_older_version(browser, product, version):
    lamp = product()
    services.update(product_id=lamp.pk, name="A better lamp")
    response = browser.submit(page(lamp), **LAMP | {"version": version})
    assert "Please correct the error" in text_of(response)
    lamp.refresh_from_db()
    assert (lamp.name, lamp.version) == ("A better lamp", 2)


def test_a_product_is_archived_and_restored(browser, product):
    lamp = product()
    assert "Restore" not in text_of(browser.get(page(lamp)))
    assert "Archive: done." in text_of(browser.submit(page(lamp, "archive")))
    assert Product.objects.get().is_active is False
    assert "Restore: done." in text_of(browser.submit(page(lamp, "restore")))
    assert Product.objects.get().is_active is True


def test_a_bulk_action_archives_several_products(browser, product):
    rows = [product("LAMP"), product("CHAIR"), product("TABLE")]
    browser.bulk(PRODUCTS, "archive", rows[:2])
    assert list(Product.objects.active().values_list("sku", flat=True)) == ["TABLE"]


def test_markup_in_names_is_escaped(browser, product):
    odd = product("ODD", name="<script>alert(1)</script>")
    for path in (PRODUCTS, page(odd), page(odd, "archive")):
        assert "<script>alert" not in browser.get(path).content.decode()
