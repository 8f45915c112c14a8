from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError

from products import services
from products.errors import ProductChanged, SkuTaken, UnknownProduct
from products.listing import by_id
from products.models import Product

pytestmark = pytest.mark.django_db


def stored() -> list[dict]:
    return list(Product.objects.order_by("id").values())


def test_a_product_is_created_whole(product):
    lamp = services.create(
        sku="LAMP",
        name="Lamp",
        description="Bright.",
        price=Decimal("19.99"),
        category="lighting",
        image_url="https://example.com/lamp.png",
        is_active=False,
    )

    assert stored() == [
        {
            "id": lamp.pk,
            "sku": "LAMP",
            "name": "Lamp",
            "description": "Bright.",
            "price": Decimal("19.99"),
            "category": "lighting",
            "image_url": "https://example.com/lamp.png",
            "is_active": False,
            "version": 1,
            "created_at": lamp.created_at,
            "updated_at": lamp.updated_at,
        }
    ]


@pytest.mark.parametrize("is_active", [True, False])
def test_a_taken_sku_is_refused_and_nothing_is_written(product, is_active):
    product("LAMP", is_active=is_active)
    before = stored()

    with pytest.raises(SkuTaken):
        services.create(sku="LAMP", name="Another lamp", price=Decimal(1))

    assert stored() == before


def test_only_the_sku_s_constraint_means_that_the_sku_is_taken(product):
    with pytest.raises(IntegrityError, match="price_is_never_negative"):
        services.create(sku="LAMP", name="Lamp", price=Decimal(-1))

    assert stored() == []


def test_a_change_writes_what_is_given_and_leaves_the_rest(product):
    lamp = product("LAMP", category="lighting")
    product("CHAIR")
    before = stored()

    changed = services.change(product_id=lamp.pk, price=Decimal("5.00"))

    assert (changed.price, changed.version) == (Decimal("5.00"), 2)
    assert stored() == [
        before[0] | {"price": Decimal("5.00"), "version": 2, "updated_at": changed.updated_at},
        before[1],
    ]


def test_a_change_to_a_taken_sku_is_refused_and_nothing_is_written(product):
    lamp = product("LAMP")
    product("CHAIR")
    before = stored()

    with pytest.raises(SkuTaken):
        services.change(product_id=lamp.pk, sku="CHAIR", name="No chair at all")

    assert stored() == before


def test_a_product_may_keep_its_own_sku(product):
    lamp = product("LAMP")

    assert services.change(product_id=lamp.pk, sku="LAMP", name="Floor lamp").name == "Floor lamp"


@pytest.mark.parametrize("versions", [set(), {1}, {1, 3}])
def test_a_change_to_a_version_that_is_gone_is_refused_and_nothing_is_written(product, versions):
    lamp = product("LAMP")
    services.change(product_id=lamp.pk, name="Floor lamp")
    before = stored()

    with pytest.raises(ProductChanged):
        services.change(product_id=lamp.pk, versions=versions, name="Desk lamp")

    assert stored() == before


@pytest.mark.parametrize("versions", [None, {2}, {1, 2}])
def test_a_change_to_the_version_that_is_there_is_made(product, versions):
    lamp = product("LAMP")
    services.change(product_id=lamp.pk, name="Floor lamp")

    assert services.change(product_id=lamp.pk, versions=versions, name="Desk lamp").version == 3


def test_a_change_of_nothing_answers_the_product_as_it_is(product):
    lamp = product("LAMP")

    unchanged = services.change(product_id=lamp.pk)

    assert (unchanged.pk, unchanged.version, unchanged.updated_at) == (lamp.pk, 1, lamp.updated_at)


def test_what_is_not_there_cannot_be_read_changed_or_archived(db):
    assert by_id([uuid4()], include_archived=True) == []
    with pytest.raises(UnknownProduct):
        services.change(product_id=uuid4(), name="Lamp")
    with pytest.raises(UnknownProduct):
        services.archive(product_id=uuid4())


def test_an_archived_product_is_found_only_by_those_who_ask_for_archived_ones(product):
    lamp = product("LAMP")

    services.archive(product_id=lamp.pk)

    assert by_id([lamp.pk]) == []
    [(_, archived)] = by_id([lamp.pk], include_archived=True)
    assert archived["is_active"] is False


def test_to_archive_twice_is_to_archive_once(product):
    lamp = product("LAMP")

    services.archive(product_id=lamp.pk)
    once = stored()
    services.archive(product_id=lamp.pk)

    assert stored() == once
    assert once[0]["version"] == 2


def test_an_archived_product_can_be_brought_back(product):
    lamp = product("LAMP")
    services.archive(product_id=lamp.pk)

    services.change(product_id=lamp.pk, is_active=True)

    [(version, _)] = by_id([lamp.pk])
    assert version == 3


def test_a_stale_archiving_is_refused_and_the_product_is_still_sold(product):
    lamp = product("LAMP")
    services.change(product_id=lamp.pk, price=Decimal(1))

    with pytest.raises(ProductChanged):
        services.archive(product_id=lamp.pk, versions={1})

    [(version, lamp)] = by_id([lamp.pk])
    assert (version, lamp["is_active"]) == (2, True)
