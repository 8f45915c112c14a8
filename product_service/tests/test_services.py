from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError

from products import services
from products.errors import DuplicateSku, ProductNotFound, StaleProductVersion
from products.models import Product
from products.selectors import by_ids

pytestmark = pytest.mark.django_db


def stored() -> list[dict]:
    return list(Product.objects.order_by("id").values())


def test_create_stores_every_field(product):
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
def test_create_rejects_a_duplicate_sku(product, is_active):
    product("LAMP", is_active=is_active)
    before = stored()

    with pytest.raises(DuplicateSku):
        services.create(sku="LAMP", name="Another lamp", price=Decimal(1))

    assert stored() == before


def test_another_constraint_is_not_a_duplicate_sku(product):
    with pytest.raises(IntegrityError, match="price_is_never_negative"):
        services.create(sku="LAMP", name="Lamp", price=Decimal(-1))

    assert stored() == []


def test_update_writes_only_the_given_fields(product):
    lamp = product("LAMP", category="lighting")
    product("CHAIR")
    before = stored()

    changed = services.update(product_id=lamp.pk, price=Decimal("5.00"))

    assert (changed.price, changed.version) == (Decimal("5.00"), 2)
    assert stored() == [
        before[0] | {"price": Decimal("5.00"), "version": 2, "updated_at": changed.updated_at},
        before[1],
    ]


def test_update_rejects_a_duplicate_sku(product):
    lamp = product("LAMP")
    product("CHAIR")
    before = stored()

    with pytest.raises(DuplicateSku):
        services.update(product_id=lamp.pk, sku="CHAIR", name="No chair at all")

    assert stored() == before


def test_update_accepts_the_own_sku(product):
    lamp = product("LAMP")

    assert services.update(product_id=lamp.pk, sku="LAMP", name="Floor lamp").name == "Floor lamp"


@pytest.mark.parametrize("versions", [set(), {1}, {1, 3}])
def test_update_rejects_a_stale_version(product, versions):
    lamp = product("LAMP")
    services.update(product_id=lamp.pk, name="Floor lamp")
    before = stored()

    with pytest.raises(StaleProductVersion):
        services.update(product_id=lamp.pk, versions=versions, name="Desk lamp")

    assert stored() == before


@pytest.mark.parametrize("versions", [None, {2}, {1, 2}])
def test_update_accepts_the_current_version(product, versions):
    lamp = product("LAMP")
    services.update(product_id=lamp.pk, name="Floor lamp")

    assert services.update(product_id=lamp.pk, versions=versions, name="Desk lamp").version == 3


def test_update_without_fields_changes_nothing(product):
    lamp = product("LAMP")

    unchanged = services.update(product_id=lamp.pk)

    assert (unchanged.pk, unchanged.version, unchanged.updated_at) == (lamp.pk, 1, lamp.updated_at)


def test_an_unknown_product_is_not_found(db):
    with pytest.raises(ProductNotFound):
        services.update(product_id=uuid4(), name="Lamp")
    with pytest.raises(ProductNotFound):
        services.archive(product_id=uuid4())


def test_archiving_is_idempotent(product):
    lamp = product("LAMP")

    services.archive(product_id=lamp.pk)
    once = stored()
    services.archive(product_id=lamp.pk)

    assert stored() == once
    assert once[0]["version"] == 2


def test_an_archived_product_can_be_restored(product):
    lamp = product("LAMP")
    services.archive(product_id=lamp.pk)

    services.update(product_id=lamp.pk, is_active=True)

    [(version, _)] = by_ids([lamp.pk])
    assert version == 3


def test_archiving_rejects_a_stale_version(product):
    lamp = product("LAMP")
    services.update(product_id=lamp.pk, price=Decimal(1))

    with pytest.raises(StaleProductVersion):
        services.archive(product_id=lamp.pk, versions={1})

    [(version, lamp)] = by_ids([lamp.pk])
    assert (version, lamp["is_active"]) == (2, True)
