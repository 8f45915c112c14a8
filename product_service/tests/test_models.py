from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from products.models import Product
from products.services import locks

pytestmark = pytest.mark.django_db


def constraint(error: pytest.ExceptionInfo[IntegrityError]) -> str:
    return error.value.__cause__.diag.constraint_name


def test_the_database_generates_uuid7_ids_in_time_order(product):
    lamp, chair = product("LAMP"), product("CHAIR")

    assert lamp.pk.version == chair.pk.version == 7
    assert lamp.pk < chair.pk


def test_the_database_has_the_defaults(product):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO product (sku, name, price) VALUES ('LAMP', 'Lamp', 5)")
    lamp = Product.objects.get()

    assert (lamp.description, lamp.category, lamp.image_url) == ("", "", "")
    assert (lamp.is_active, lamp.version, lamp.price) == (True, 1, Decimal("5.00"))
    assert lamp.created_at == lamp.updated_at


def test_sku_is_unique_among_archived_products_too(product):
    product("LAMP", is_active=False)

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Product.objects.create(sku="LAMP", name="Another", price=1)

    assert constraint(error) == "sku_is_unique"
    assert Product.objects.count() == 1


def test_skus_are_case_sensitive(product):
    for sku in ("LAMP", "lamp", "LAMP.", "ＬＡＭＰ"):
        product(sku)

    assert Product.objects.count() == 4


def test_price_is_never_negative(product):
    lamp = product("LAMP")

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Product.objects.filter(pk=lamp.pk).update(price=Decimal("-0.01"))

    assert constraint(error) == "price_is_never_negative"
    lamp.refresh_from_db()
    assert lamp.price == Decimal("19.99")


def test_a_price_has_at_most_ten_digits_before_the_point(product):
    product("FREE", price="0.00")
    product("DEAR", price="9999999999.99")

    with pytest.raises(DataError), transaction.atomic():
        Product.objects.create(sku="DEARER", name="Dearer", price=Decimal("10000000000.00"))


def test_every_update_increments_the_version(product):
    lamp = product("LAMP")

    Product.objects.filter(pk=lamp.pk).update(name="Floor lamp")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE product SET price = price * 2, version = 1")
    changed = Product.objects.get()

    assert (changed.version, changed.price) == (3, Decimal("39.98"))
    assert changed.updated_at > lamp.updated_at
    assert changed.created_at == lamp.created_at


def test_every_column_is_part_of_the_version_trigger():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'increment_version'"
        )
        [definition] = cursor.fetchone()

    for field in Product._meta.fields:
        assert f"old.{field.column}" in definition
        assert f"new.{field.column}" in definition


@pytest.mark.parametrize("function", ["add_spelling_variants", "change_product_counts"])
def test_triggers_take_the_advisory_lock_of_the_catalogue(function):
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [function])
        [source] = cursor.fetchone()

    assert f"pg_advisory_xact_lock({locks.CATALOGUE_TRIGGERS})" in source


def test_an_update_without_changes_does_not_increment_the_version(product):
    lamp = product("LAMP")

    Product.objects.filter(pk=lamp.pk).update(name=lamp.name, price=lamp.price)

    unchanged = Product.objects.get()
    assert (unchanged.version, unchanged.updated_at) == (1, lamp.updated_at)


def test_an_update_increments_only_the_version_of_its_product(product):
    lamp, chair = product("LAMP"), product("CHAIR")

    Product.objects.filter(pk=lamp.pk).update(name="Floor lamp")

    chair.refresh_from_db()
    assert chair.version == 1


def test_filter_by_combines_all_filters(product):
    lamp = product("LAMP", price="20.00", category="lighting")
    product("BULB", price="2.00", category="lighting")
    chair = product("CHAIR", price="20.00", category="seats")
    stool = product("STOOL", price="20.00", category="seats", is_active=False)

    def skus(**wanted):
        return sorted(Product.objects.filter_by(**wanted).values_list("sku", flat=True))

    assert skus() == ["BULB", "CHAIR", "LAMP"]
    assert skus(category="lighting") == ["BULB", "LAMP"]
    assert skus(category="lighting", min_price=Decimal("2.01")) == ["LAMP"]
    assert skus(min_price=Decimal("2.00"), max_price=Decimal("19.99")) == ["BULB"]
    assert skus(ids=[lamp.pk, chair.pk, stool.pk], category="seats") == ["CHAIR"]
    assert skus(ids=[stool.pk], include_archived=True) == ["STOOL"]
    assert skus(ids=[]) == []
