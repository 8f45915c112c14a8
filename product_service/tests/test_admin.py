"""What staff see and do in the admin."""

import pytest

from chassis.tests.accounts import ScriptedIssuer
from chassis.tests.desk import Desk, assert_all_is_well_with, assert_lists_use_indexes, at_the_desk, fields, words
from chassis.tests.servers import http_server
from products import services
from products.models import Category, Product

LIST = "/admin/products/product/"
LAMP = {"sku": "LAMP", "name": "A lamp", "price": "19.99", "category": "lighting", "description": "Bends.", "is_active": "on"}


@pytest.fixture
def desk(db, monkeypatch):
    return at_the_desk(monkeypatch)


def of(product, deed="change"):
    return f"{LIST}{product.pk}/{deed}/"


def test_the_user_service_signs_staff_in_and_who_is_away_is_told(db, settings):
    def handle(path, body):
        return 401, {"detail": "There is no account with this e-mail address and password."}

    with http_server(handle) as url:
        settings.TOKEN_URL = f"{url}/api/users/token/"
        assert "There is no account with this e-mail address and password." in words(Desk().sign_in())
    assert "out of reach" in words(Desk().sign_in())


def test_a_customer_is_refused(db, monkeypatch, desk):
    ScriptedIssuer.role = "customer"
    assert "This account is not one of the staff's." in words(Desk().sign_in())


def test_all_is_well_with_every_page(desk, product):
    made = product(category="Lighting/Lamps")
    assert_all_is_well_with(desk, {Product: made, Category: Category.objects.get(name="Lamps")})


def test_no_list_reads_a_whole_table(desk, product):
    product()
    assert_lists_use_indexes(desk)


def test_a_product_is_found_by_its_sku_and_by_its_id(desk, product):
    lamp = product("LAMP")
    product("LAMP-2")
    for term in ("LAMP", lamp.pk):
        assert "1 product" in words(desk.get(f"{LIST}?q={term}"))


def test_archived_products_are_listed_too_and_can_be_left_out(desk, product):
    product("LAMP", is_active=False)
    product("CHAIR")
    assert "2 products" in words(desk.get(LIST))
    assert "1 product" in words(desk.get(f"{LIST}?what=sold"))


def test_a_product_is_created(desk):
    assert "Create a product: done." in words(desk.do(f"{LIST}create/", **LAMP))
    made = Product.objects.get()
    assert (made.sku, made.name, str(made.price), made.category, made.is_active) == ("LAMP", "A lamp", "19.99", "lighting", True)


def test_a_sku_that_is_taken_is_told_and_what_was_typed_stays(desk, product):
    product("LAMP")
    answer = desk.do(f"{LIST}create/", **LAMP)
    assert "Another product has this SKU" in words(answer)
    assert 'value="A lamp"' in answer.content.decode()
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"price": "-1"}, {"price": "1e3"}, {"price": "19,99"}, {"image_url": "javascript:alert(1)"}, {"sku": " LAMP"}]
)
def test_the_rules_are_those_of_the_api(desk, wrong):
    assert "Nothing was done." in words(desk.do(f"{LIST}create/", **LAMP | wrong))
    assert not Product.objects.exists()


def test_a_product_is_edited_from_what_it_is(desk, product):
    lamp = product(description="Bends.", category="lighting")
    form = desk.get(of(lamp, "edit"))
    assert fields(form) == {*LAMP, "image_url", "version"}
    for shown in ('value="LAMP"', 'value="19.99"', 'value="lighting"', "Bends.", "checked"):
        assert shown in form.content.decode()
    desk.do(of(lamp, "edit"), **LAMP | {"price": "17.50", "version": "1", "is_active": "on"})
    lamp.refresh_from_db()
    assert (str(lamp.price), lamp.version, lamp.is_active) == ("17.50", 2, True)


def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(desk, product):
    lamp = product()
    desk.get(of(lamp, "edit"))
    services.change(product_id=lamp.pk, name="A better lamp")
    answer = desk.post(of(lamp, "edit"), LAMP | {"version": "1"})
    assert "The product is not at the version" in words(answer)
    lamp.refresh_from_db()
    assert lamp.name == "A better lamp"


def test_a_product_is_archived_and_sold_again(desk, product):
    lamp = product()
    assert "Sell again" not in words(desk.get(of(lamp)))
    assert "Archive: done." in words(desk.do(of(lamp, "archive")))
    lamp.refresh_from_db()
    assert not lamp.is_active
    assert "Sell again: done." in words(desk.do(of(lamp, "sell-again")))
    lamp.refresh_from_db()
    assert lamp.is_active


def test_several_products_are_archived_at_once(desk, product):
    rows = [product("LAMP"), product("CHAIR"), product("TABLE")]
    desk.get(LIST)
    desk.post(LIST, {"action": "archive", "index": "0", "_selected_action": [str(row.pk) for row in rows[:2]]})
    assert list(Product.objects.active().values_list("sku", flat=True)) == ["TABLE"]


def test_odd_names_are_shown_as_they_are(desk, product):
    odd = product("ODD", name="<script>alert(1)</script>", image_url="https://images.example.com/x.jpg")
    for path in (LIST, of(odd), of(odd, "edit")):
        assert "<script>alert" not in desk.get(path).content.decode()
